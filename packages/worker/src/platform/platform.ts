import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceClient, type ServiceName, WireError, createClient, signRequest } from '@rung/wire';
import type { CloudwatchOperations } from '@rung/wire/types/cloudwatch';
import type { S3Operations } from '@rung/wire/types/s3';
import { DataError } from '../data-error.ts';
import { currentConnection } from './connection.ts';
import { httpSend } from './http-send.ts';

/** The platform's services as they can be reached now. */
export interface Services {
  readonly s3: ServiceClient<S3Operations>;
  readonly cloudwatch: ServiceClient<CloudwatchOperations>;
}

export interface Trial {
  /** What is being done, for the error message: `read s3://bucket/key`. */
  readonly what: string;
  readonly signal: AbortSignal;
  /** Milliseconds after which to give up. Default: a day, because an unattended machine may bring the platform back only in the morning. */
  readonly limitMs?: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_PAUSE_MS = 5000;

/** The way to the platform, which may go away and come back at another address at any time. */
export class Platform {
  readonly #connectionFile: string;

  constructor(connectionFile: string) {
    this.#connectionFile = connectionFile;
  }

  /**
   * Does something with the platform's services, again and again while the platform is away. `action` is told which try it is, from 1.
   * Thrown when trying again would not help, or the time is up: `DataError`; when the signal aborts: its reason.
   */
  async keepTrying<Result>(
    { what, signal, limitMs = DAY_MS }: Trial,
    action: (services: Services, attempt: number) => Promise<Result>,
  ): Promise<Result> {
    const deadline = Date.now() + limitMs;
    for (let attempt = 1, pause = 50; ; attempt += 1, pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      signal.throwIfAborted();
      let failure: unknown;
      try {
        return await action(this.#services(), attempt);
      } catch (error) {
        signal.throwIfAborted();
        if (!mayPass(error)) throw asDataError(what, error);
        failure = error;
      }
      if (Date.now() + pause > deadline) throw asDataError(what, failure);
      // Ended early by the signal: the loop throws its reason.
      await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  #services(): Services {
    const connection = currentConnection(this.#connectionFile);
    if (connection === undefined)
      throw new WireError('ConnectionFailed', 'the platform has not said yet where it listens', { status: 503 });
    const { endpoint, region, ...credentials } = connection;
    const client = <Operations>(service: ServiceName): ServiceClient<Operations> =>
      createClient<Operations>(service, {
        endpoint,
        region,
        credentials,
        send: httpSend,
        sign: signRequest,
        attempts: 1,
      });
    return { s3: client('s3'), cloudwatch: client('cloudwatch') };
  }
}

/** Errors of the local file system and of broken data, which stay whatever the platform does. */
const LASTING =
  /^(?:ENOSPC|EDQUOT|EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST|ENAMETOOLONG|EFBIG|EIO|ELOOP|Z_DATA_ERROR|Z_NEED_DICT)$/;
const THROTTLED = /^(?:SlowDown|Throttling|ThrottlingException|RequestTimeout|TooManyRequestsException)$/;

function mayPass(error: unknown): boolean {
  if (error instanceof WireError)
    return (error.status >= 500 && error.status !== 501) || error.status === 429 || THROTTLED.test(error.code);
  const code = systemCode(error);
  // Without a code it is no error of the network but a mistake of ours.
  return !(error instanceof DataError) && code !== undefined && !LASTING.test(code);
}

function asDataError(what: string, error: unknown): unknown {
  if (error instanceof DataError) return error;
  if (error instanceof WireError)
    return new DataError(`Could not ${what}: ${error.message} (${error.code})`, { cause: error });
  const code = systemCode(error);
  if (code === undefined) return error;
  const reason = code === 'ENOSPC' ? 'no space is left on the disk' : error instanceof Error ? error.message : code;
  return new DataError(`Could not ${what}: ${reason}`, { cause: error });
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
