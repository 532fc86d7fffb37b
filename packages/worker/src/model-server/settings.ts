/** What the environment tells the model server: SageMaker's variables, and some of Rung's own. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export interface ModelServerSettings {
  readonly listen: { readonly path: string } | { readonly port: number };
  /** `/opt/ml`, or what plays it. */
  readonly baseDir: string;
  readonly modelDir: string;
  /** `SAGEMAKER_PROGRAM`: the file with the handlers; absent when the request names none. */
  readonly program?: string;
  /** `SAGEMAKER_SUBMIT_DIRECTORY`. */
  readonly submitDirectory?: string;
  /** Environment that the image stands for, e.g. `scikit-learn` or `node`; absent: told by the files of the model. */
  readonly framework?: string;
  readonly python: string;
  /** Worker processes. Default: the cores of the instance. */
  readonly workers: number;
  /** Cores of the instance. */
  readonly threads: number;
  /** Milliseconds that a request may wait, and again that it may be worked on. Default 60,000. */
  readonly timeoutMs: number;
  /** Milliseconds until the first worker has loaded the model. Default 600,000. */
  readonly startupMs: number;
  /** Bytes in a request body at most. */
  readonly maxPayloadBytes: number;
  /** What `/execution-parameters` says of it. */
  readonly maxPayloadMb: number;
  /** Requests that may wait. Default 1,000. */
  readonly queueLength: number;
  /** Requests in one predict; absent: what the handlers say, 64 where the defaults are in use. 1 turns batching off. */
  readonly maxBatchSize?: number;
  /** Milliseconds that a request may wait for others to join it; absent: what the handlers say, else 0. */
  readonly maxBatchDelayMs?: number;
  /** A worker is replaced after so many requests. Default: never. */
  readonly maxRequests?: number;
  /** A worker is replaced when it uses more. Default: its share of the instance's memory; absent when that is not known. */
  readonly maxWorkerBytes?: number;
}

/** A variable has a value that cannot be meant; the text names it and what is expected. */
export class SettingsError extends Error {}

/** Thrown when a value makes no sense: SettingsError. */
export function readSettings(environment: NodeJS.ProcessEnv): ModelServerSettings {
  const number = (name: string, least: number): number | undefined => {
    const text = environment[name];
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (!(value >= least)) throw new SettingsError(`${name} is "${text}": expected a number of at least ${least}.`);
    return value;
  };
  const whole = (name: string, least: number): number | undefined => {
    const value = number(name, least);
    if (value !== undefined && !Number.isInteger(value))
      throw new SettingsError(`${name} is "${value}": expected a whole number of at least ${least}.`);
    return value;
  };
  const text = (name: string): string | undefined => environment[name] || undefined;
  const baseDir = environment['SAGEMAKER_BASE_DIR'] ?? '/opt/ml';
  const threads = whole('RUNG_THREADS', 1) ?? availableParallelism();
  const workers = whole('SAGEMAKER_MODEL_SERVER_WORKERS', 1) ?? threads;
  const socket = text('RUNG_SOCKET');
  const payload = number('SAGEMAKER_MAX_PAYLOAD_IN_MB', 0) || undefined;
  const memory = number('RUNG_MEMORY_BYTES', 0) || undefined;
  const cap = number('RUNG_MODEL_SERVER_MAX_MEMORY_MB', 1);
  return {
    listen: socket === undefined ? { port: whole('SAGEMAKER_BIND_TO_PORT', 0) ?? 8080 } : { path: socket },
    baseDir,
    modelDir: join(baseDir, 'model'),
    ...optional('program', text('SAGEMAKER_PROGRAM')),
    ...optional('submitDirectory', text('SAGEMAKER_SUBMIT_DIRECTORY')),
    ...optional('framework', text('RUNG_ENVIRONMENT')),
    python: text('RUNG_PYTHON') ?? 'python3',
    workers,
    threads,
    timeoutMs: 1000 * (number('SAGEMAKER_MODEL_SERVER_TIMEOUT', 0.001) ?? 60),
    startupMs: 1000 * (number('SAGEMAKER_STARTUP_TIMEOUT', 0.001) ?? 600),
    maxPayloadBytes: Math.max(25, payload ?? 0) * 1_048_576,
    maxPayloadMb: payload ?? 6,
    queueLength: whole('RUNG_MODEL_SERVER_QUEUE', 1) ?? 1000,
    ...optional('maxBatchSize', whole('RUNG_MODEL_SERVER_MAX_BATCH', 1)),
    ...optional('maxBatchDelayMs', number('RUNG_MODEL_SERVER_BATCH_DELAY_MS', 0)),
    ...optional('maxRequests', whole('RUNG_MODEL_SERVER_MAX_REQUESTS', 1)),
    // One share is left for the worker that takes another one's place.
    ...optional('maxWorkerBytes', cap === undefined ? memory && (0.9 * memory) / (workers + 1) : cap * 1_048_576),
  };
}

function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  // Safe: the one property is of the type that the record says.
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, V>>);
}
