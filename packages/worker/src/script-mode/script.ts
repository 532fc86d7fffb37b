/**
 * For training scripts in TypeScript or JavaScript: where the data is, what the hyperparameters are, where the model goes, and how a metric is
 * told. The same contract as a Python script's, and nothing but Node behind it.
 *
 * ```ts
 * import { channel, hyperparameters, metric, modelDir } from '@rung/worker/script';
 *
 * const { epochs, rate } = hyperparameters({ epochs: 10, rate: 0.1 });
 * ```
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the job's channels, sorted. */
export function channels(): string[] {
  const names: unknown = JSON.parse(process.env['SM_CHANNELS'] ?? '[]');
  return Array.isArray(names) ? names.map(String) : [];
}

/** The folder that holds the files of a channel. Thrown when the job has no such channel: Error that names those it has. */
export function channel(name: string): string {
  const folder = process.env[`SM_CHANNEL_${name.toUpperCase()}`];
  if (folder !== undefined) return folder;
  const known = channels();
  throw new Error(
    `The job has no channel "${name}". ${known.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}.`}`,
  );
}

export type HyperparameterDefault =
  | string
  | number
  | boolean
  | readonly unknown[]
  | { readonly [name: string]: unknown };

/** The defaults with their literal types widened: `10` becomes `number`. */
export type Hyperparameters<Defaults> = {
  [Name in keyof Defaults]: Defaults[Name] extends number
    ? number
    : Defaults[Name] extends string
      ? string
      : Defaults[Name] extends boolean
        ? boolean
        : Defaults[Name];
};

/**
 * The hyperparameters that `defaults` names, each of the type of its default. Names are taken as they are, and also with `-` or `_` for a
 * capital: `batchSize` is found as `batch-size` and `batch_size`.
 * Thrown when a value cannot be of its default's type: Error that names it.
 */
export function hyperparameters<const Defaults extends Record<string, HyperparameterDefault>>(
  defaults: Defaults,
): Hyperparameters<Defaults> {
  const given = allHyperparameters();
  const values: Record<string, unknown> = {};
  for (const [name, fallback] of Object.entries(defaults)) {
    const key = spellings(name).find((each) => Object.hasOwn(given, each));
    values[name] = key === undefined ? fallback : convert(key, given[key], fallback);
  }
  // Every name of the defaults has a value of its default's type, by the loop above.
  return values as Hyperparameters<Defaults>;
}

/** Every hyperparameter of the user's, decoded from JSON. */
export function allHyperparameters(): Record<string, unknown> {
  const all: unknown = JSON.parse(process.env['SM_HPS'] ?? '{}');
  return typeof all === 'object' && all !== null ? { ...all } : {};
}

/** What is written here becomes `model.tar.gz`. */
export function modelDir(): string {
  return process.env['SM_MODEL_DIR'] ?? join(baseDir(), 'model');
}

/** What is written here becomes `output.tar.gz`. */
export function outputDir(): string {
  return process.env['SM_OUTPUT_DATA_DIR'] ?? join(baseDir(), 'output/data');
}

/** What is written here is stored while the script still runs, when the job has `sagemaker_s3_output`. */
export function intermediateDir(): string {
  return process.env['SM_OUTPUT_INTERMEDIATE_DIR'] ?? join(baseDir(), 'output/intermediate');
}

/** What is written here survives an interruption, when the job has a CheckpointConfig. */
export function checkpointDir(): string {
  try {
    const file = join(baseDir(), 'input/config/checkpointconfig.json');
    const config: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof config === 'object' && config !== null && 'LocalPath' in config && typeof config.LocalPath === 'string')
      return config.LocalPath.replace(/^\/opt\/ml(?=\/|$)/, baseDir());
  } catch {
    // The job has none: the folder is the default one.
  }
  return join(baseDir(), 'checkpoints');
}

/** Names of all instances of the job, this one's, and whether this is the first. */
export function hosts(): { readonly all: readonly string[]; readonly current: string; readonly isFirst: boolean } {
  const names: unknown = JSON.parse(process.env['SM_HOSTS'] ?? '["algo-1"]');
  const all = Array.isArray(names) ? names.map(String) : ['algo-1'];
  const current = process.env['SM_CURRENT_HOST'] ?? 'algo-1';
  return { all, current, isFirst: all[0] === current };
}

/**
 * Tells a value that the job's metric definitions can read, as the line `name=value`. The definition `{ name: 'loss', regex: metricRegex('loss') }`
 * reads it.
 */
export function metric(name: string, value: number): void {
  process.stdout.write(`${name}=${value}\n`);
}

/** The expression that reads what {@link metric} tells. */
export function metricRegex(name: string): string {
  return `^${name.replaceAll(/[^\w]/g, String.raw`\$&`)}=(\\S+)$`;
}

function baseDir(): string {
  return process.env['SAGEMAKER_BASE_DIR'] ?? '/opt/ml';
}

function spellings(name: string): string[] {
  const apart = (mark: string): string => name.replaceAll(/[A-Z]/g, (letter) => mark + letter.toLowerCase());
  return [name, apart('-'), apart('_')];
}

function convert(name: string, value: unknown, fallback: HyperparameterDefault): unknown {
  if (typeof fallback === 'string') return typeof value === 'string' ? value : JSON.stringify(value);
  if (typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback)) return value;
  if (typeof fallback === 'number' && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
    return Number(value);
  if (typeof fallback === 'boolean' && /^(true|false)$/i.test(String(value)))
    return String(value).toLowerCase() === 'true';
  const wanted = Array.isArray(fallback) ? 'list' : typeof fallback;
  throw new Error(`The hyperparameter "${name}" is ${JSON.stringify(value)}, and must be a ${wanted}.`);
}
