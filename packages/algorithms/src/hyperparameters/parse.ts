/** From the string map of the wire to typed values, with messages in the way of AWS. */
import { ClientError } from '../errors.ts';
import { nearest } from './nearest-name.ts';
import {
  platformHyperparameters,
  type Hyperparameter,
  type HyperparametersOf,
  type HyperparameterTable,
  type NumberHyperparameter,
} from './table.ts';

type Value = number | string | boolean | readonly string[] | undefined;
type Parsed = { readonly value: Value } | { readonly problem: string };

/** Checks a map against a table, the platform's names included. Thrown when something is wrong: ClientError that lists every problem. */
export function parseHyperparameters<T extends HyperparameterTable>(
  table: T,
  given: Readonly<Record<string, string>>,
): HyperparametersOf<T> & HyperparametersOf<typeof platformHyperparameters> {
  const whole: HyperparameterTable = { ...platformHyperparameters, ...table };
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(whole, name))
    .map((name) => unexpected(name, Object.keys(table)));
  const values: Record<string, Value> = {};
  for (const [name, entry] of Object.entries(whole)) {
    const text = given[name];
    if (text === undefined) {
      if (entry.required === true) problems.push(`'${name}' is a required property`);
      values[name] = entry.default;
      continue;
    }
    const parsed = parseValue(entry, text);
    if ('problem' in parsed)
      problems.push(`'${text}' is not valid under any of the given schemas: ${name} must be ${parsed.problem}`);
    else values[name] = parsed.value;
  }
  problems.push(...missingDependents(whole, given));
  if (problems.length > 0) throw invalidHyperparameters(problems);
  // Safe: every name of the table was given a value of its entry's type, or its default.
  return values as HyperparametersOf<T> & HyperparametersOf<typeof platformHyperparameters>;
}

export function invalidHyperparameters(problems: readonly string[]): ClientError {
  return new ClientError(
    `Unable to initialize the algorithm. Failed to validate algorithm configuration. Caused by: ${problems.join('; ')}`,
  );
}

/** What a value must be, e.g. `an integer from 1 to 10, or 'auto'`. */
export function allowed(entry: Hyperparameter): string {
  const words =
    'words' in entry && entry.words !== undefined ? entry.words.map((word) => `, or '${word}'`).join('') : '';
  switch (entry.type) {
    case 'integer':
      return `an integer${range(entry)}${words}`;
    case 'number':
      return `a number${range(entry)}${words}`;
    case 'boolean':
      return `'true' or 'false'${words}`;
    case 'choice':
      return `one of ${entry.choices.join(', ')}`;
    case 'list':
      return `a JSON list of ${entry.choices.join(', ')}`;
    case 'text':
      return entry.pattern === undefined ? 'text' : `text that matches ${entry.pattern}`;
  }
}

function unexpected(name: string, known: readonly string[]): string {
  const close = nearest(name, known);
  return `Additional properties are not allowed ('${name}' was unexpected)${close === undefined ? '' : `. Did you mean '${close}'?`}`;
}

function missingDependents(table: HyperparameterTable, given: Readonly<Record<string, string>>): string[] {
  return Object.entries(table).flatMap(([name, { requiredWhen }]) => {
    const other = requiredWhen === undefined ? undefined : given[requiredWhen.name];
    if (
      requiredWhen === undefined ||
      other === undefined ||
      given[name] !== undefined ||
      !requiredWhen.is.includes(other)
    )
      return [];
    return [`'${name}' is a required property when ${requiredWhen.name} is '${other}'`];
  });
}

function parseValue(entry: Hyperparameter, text: string): Parsed {
  if ('words' in entry && entry.words !== undefined && entry.words.includes(text)) return { value: text };
  const problem = { problem: allowed(entry) };
  switch (entry.type) {
    case 'integer':
    case 'number':
      return parseNumber(entry, text);
    case 'boolean': {
      const word = text.toLowerCase();
      return word === 'true' || word === 'false' ? { value: word === 'true' } : problem;
    }
    case 'choice':
      return entry.choices.includes(text) ? { value: text } : problem;
    case 'list': {
      const list = parseList(text);
      return list !== undefined && list.length > 0 && list.every((word) => entry.choices.includes(word))
        ? { value: list }
        : problem;
    }
    case 'text':
      return entry.pattern === undefined || new RegExp(`^(?:${entry.pattern})$`, 'u').test(text)
        ? { value: text }
        : problem;
  }
}

function parseNumber(entry: NumberHyperparameter, text: string): Parsed {
  const value = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
  const fits =
    Number.isFinite(value) &&
    (entry.type === 'number' || Number.isSafeInteger(value)) &&
    value >= (entry.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (entry.max ?? Number.POSITIVE_INFINITY) &&
    value > (entry.above ?? Number.NEGATIVE_INFINITY) &&
    value < (entry.below ?? Number.POSITIVE_INFINITY);
  return fits ? { value } : { problem: allowed(entry) };
}

function parseList(text: string): readonly string[] | undefined {
  if (!text.trim().startsWith('[')) return text.split(',').map((word) => word.trim());
  try {
    const list: unknown = JSON.parse(text.replaceAll("'", '"'));
    return Array.isArray(list) && list.every((word): word is string => typeof word === 'string') ? list : undefined;
  } catch {
    // Not JSON: the caller says what is allowed.
    return undefined;
  }
}

function range(entry: NumberHyperparameter): string {
  const { min, max, above, below } = entry;
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const bounds = [
    min === undefined ? '' : `at least ${min}`,
    above === undefined ? '' : `greater than ${above}`,
    max === undefined ? '' : `at most ${max}`,
    below === undefined ? '' : `less than ${below}`,
  ].filter((bound) => bound !== '');
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}
