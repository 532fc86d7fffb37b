/** `rung env create|list|rm|export`: the environments that scripts run in. Works beside a running platform, and without one. */
import {
  containerfile,
  declarations,
  type EnvironmentName,
  environmentNames,
  Environments,
  lockName,
  programsIn,
} from '@rung/server/environments';
import { printJson } from '../output/json-flag.ts';
import { createProgress } from '../output/progress.ts';
import { table } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';

export interface EnvironmentRequest {
  readonly action: 'create' | 'list' | 'rm' | 'export';
  readonly name: string | undefined;
  readonly gpu: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

export async function actOnEnvironments(folder: string, request: EnvironmentRequest): Promise<void> {
  const environments = new Environments(folder);
  try {
    switch (request.action) {
      case 'list':
        return list(environments, request);
      case 'create':
        return await create(environments, request);
      case 'rm':
        return await remove(environments, request);
      case 'export':
        return exportLock(environments, request);
      default:
        return request.action satisfies never;
    }
  } finally {
    await environments.close();
  }
}

function list(environments: Environments, { json }: EnvironmentRequest): void {
  const made = environments.list();
  const known = environmentNames.flatMap((name) => {
    const locks = new Set([lockName({ name, accelerator: 'cpu' }), lockName({ name, accelerator: 'gpu' })]);
    return [...locks].map((lock) => {
      const current = made.find((each) => each.current && each.name === lock);
      return {
        name: lock ?? name,
        status: lock === undefined || current !== undefined ? 'made' : 'on first use',
        python: current?.facts.python ?? '',
        packages: current === undefined ? 0 : Object.keys(current.facts.packages).length,
        folder: current?.folder ?? '',
        brief: declarations[name].brief,
      };
    });
  });
  const earlier = made
    .filter(({ current }) => !current)
    .map(({ name, folder, facts }) => ({
      name,
      status: 'of an earlier lock',
      python: facts.python,
      packages: Object.keys(facts.packages).length,
      folder,
      brief: '',
    }));
  const rows = [...known, ...earlier];
  if (json) return printJson(rows);
  const lines = table(
    ['NAME', 'STATUS', 'PYTHON', 'WHAT'],
    rows.map(({ name, status, python, brief }) => [name, status, python, brief]),
  );
  process.stdout.write(`${lines}\n`);
}

async function create(environments: Environments, request: EnvironmentRequest): Promise<void> {
  const ref = refOf(request);
  const refusal = environments.refuse(ref);
  if (refusal !== undefined) throw new UsageError(`This cannot be: ${refusal.reason}. Way out: ${refusal.remedy}.`);
  const progress = createProgress();
  try {
    await environments.ensure(ref, ({ step, fraction }) => progress.update(`${ref.name}: ${step}`, fraction));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const paths = environments.paths(ref);
  if (request.json) printJson({ name: request.name, ...paths });
  else progress.done(paths === undefined ? `${ref.name} needs nothing.` : `${ref.name} is ready: ${paths.folder}`);
}

async function remove(environments: Environments, request: EnvironmentRequest): Promise<void> {
  const lock = lockName(refOf(request));
  const made = environments.list().filter(({ name }) => name === lock);
  if (made.length === 0)
    throw new UsageError(`Environment ${lock ?? request.name} is not made: there is nothing to remove.`);
  for (const each of made) {
    const programs = programsIn(each.folder);
    if (programs.length > 0 && !request.force)
      throw new UsageError(
        `Programs run in ${each.name} (process ${programs.slice(0, 5).join(', ')}). Stop their jobs first, or use --force.`,
      );
    await environments.remove(each);
  }
  if (request.json) printJson({ removed: made.map(({ folder }) => folder) });
  else process.stdout.write(`Removed ${lock}.\n`);
}

function exportLock(environments: Environments, request: EnvironmentRequest): void {
  const ref = refOf(request);
  const lock = environments.lock(ref);
  if (lock === undefined) throw new UsageError(`Environment ${ref.name} has no lock: it is the Node that runs Rung.`);
  const python = environments.facts(ref)?.python ?? environments.python(ref)?.version ?? defaultPython;
  const text = containerfile(lock, python.split('.').slice(0, 2).join('.'));
  if (request.json) printJson({ name: lock.name, hash: lock.hash, containerfile: text });
  else process.stdout.write(text);
}

/** For a machine that has none: every lock supports it. */
const defaultPython = '3.12';

function refOf({ action, name, gpu }: EnvironmentRequest): { name: EnvironmentName; accelerator: 'cpu' | 'gpu' } {
  const gpuName = name?.endsWith('-gpu') === true;
  const plain = gpuName ? name.slice(0, -'-gpu'.length) : name;
  const known = environmentNames.find((each) => each === plain);
  if (known === undefined) {
    const given =
      name === undefined
        ? `\`rung env ${action}\` needs the name of an environment`
        : `There is no environment "${name}"`;
    throw new UsageError(`${given}. There are: ${environmentNames.join(', ')}.`);
  }
  return { name: known, accelerator: gpu || gpuName ? 'gpu' : 'cpu' };
}
