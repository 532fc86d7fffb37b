/**
 * Writes into docs/algorithms/<name>.md what the code of the algorithm declares: its hyperparameters, channels and metrics, between the lines
 * `<!-- hyperparameters -->` and `<!-- /hyperparameters -->`. Every algorithm has a page. `--check` fails when a page is missing or says something else.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Algorithm, algorithmNames, type Hyperparameter, loadAlgorithm } from '@rung/algorithms';

const folder = join(import.meta.dirname, '../docs/algorithms');
const begin = '<!-- hyperparameters -->';
const end = '<!-- /hyperparameters -->';

const problems: string[] = [];
for (const name of algorithmNames) {
  const file = join(folder, `${name}.md`);
  if (!existsSync(file)) {
    problems.push(`docs/algorithms/${name}.md is missing`);
    continue;
  }
  const page = readFileSync(file, 'utf8');
  const [head, rest] = page.split(begin);
  const tail = rest?.split(end)[1];
  if (head === undefined || tail === undefined) {
    problems.push(`docs/algorithms/${name}.md lacks the lines ${begin} and ${end}`);
    continue;
  }
  const fresh = `${head}${begin}\n\n${declared(await loadAlgorithm(name))}\n${end}${tail}`;
  if (fresh === page) continue;
  if (process.argv.includes('--check')) problems.push(`docs/algorithms/${name}.md is stale: run \`npm run generate\``);
  else writeFileSync(file, fresh);
}
if (problems.length > 0) {
  process.stdout.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
}

function declared({ hyperparameters, channels, metrics, maxInstances }: Algorithm): string {
  const rows = Object.entries(hyperparameters).map(
    ([name, parameter]) => `| \`${name}\` | ${values(parameter)} | ${defaultOf(parameter)} | ${parameter.doc} |`,
  );
  const inputs = channels.map(
    ({ name, required, contentTypes, inputModes, doc }) =>
      `| \`${name}\` | ${required ? 'yes' : 'no'} | ${contentTypes.map((type) => `\`${type}\``).join(', ')} | ${inputModes.join(', ')} | ${doc} |`,
  );
  const measured = metrics.map(
    ({ name, direction, tunable }) => `| \`${name}\` | ${direction.toLowerCase()} | ${tunable ? 'yes' : 'no'} |`,
  );
  return [
    '| hyperparameter | values | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    '| channel | required | content types | input modes | data |',
    '|---|---|---|---|---|',
    ...inputs,
    '',
    '| metric | better | may be tuned |',
    '|---|---|---|',
    ...measured,
    '',
    `Instances of one job: ${maxInstances === 1 ? '1' : `1 to ${maxInstances}`}.`,
    '',
  ].join('\n');
}

function values(parameter: Hyperparameter): string {
  switch (parameter.type) {
    case 'integer':
    case 'number': {
      const words = parameter.words?.map((word) => `\`${word}\``) ?? [];
      return [...words, `${parameter.type}${range(parameter)}`].join(' or ');
    }
    case 'choice':
      return parameter.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'list':
      return `list of ${parameter.choices.map((choice) => `\`${choice}\``).join(', ')}`;
    case 'boolean':
      return [...(parameter.words?.map((word) => `\`${word}\``) ?? []), '`true`', '`false`'].join(', ');
    case 'text':
      return 'text';
  }
}

function range({ min, max, above, below }: Extract<Hyperparameter, { type: 'integer' | 'number' }>): string {
  const bounds = [
    ...(min === undefined ? [] : [`≥ ${min}`]),
    ...(above === undefined ? [] : [`> ${above}`]),
    ...(max === undefined ? [] : [`≤ ${max}`]),
    ...(below === undefined ? [] : [`< ${below}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}

function defaultOf(parameter: Hyperparameter): string {
  if (parameter.required === true) return '**required**';
  if (parameter.default !== undefined) {
    const text = Array.isArray(parameter.default) ? parameter.default.join(', ') : String(parameter.default);
    return text === '' ? 'empty' : `\`${text}\``;
  }
  const { requiredWhen } = parameter;
  return requiredWhen === undefined
    ? ''
    : `required when \`${requiredWhen.name}\` is ${requiredWhen.is.map((value) => `\`${value}\``).join(' or ')}`;
}
