import { type ServiceClient, type ServiceName, WireError, createClient, signRequest } from '@rung/wire';
import type { LogsOperations } from '@rung/wire/types/logs';
import type { S3Operations } from '@rung/wire/types/s3';
import type { SagemakerOperations } from '@rung/wire/types/sagemaker';
import type { SagemakerRuntimeOperations } from '@rung/wire/types/sagemaker-runtime';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The services, each call tried once: a second try behind our back would hide whether the first was acknowledged. */
export interface Clients {
  readonly sagemaker: ServiceClient<SagemakerOperations>;
  readonly runtime: ServiceClient<SagemakerRuntimeOperations>;
  readonly s3: ServiceClient<S3Operations>;
  readonly logs: ServiceClient<LogsOperations>;
}

export const region = 'us-east-1';
const callLimitMs = 20_000;

export function connect(stateDir: string): Clients {
  // Written whole by the control plane.
  const connection = JSON.parse(readFileSync(join(stateDir, 'connection.json'), 'utf8')) as {
    endpoint: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
  const { endpoint, ...credentials } = connection;
  const client = <Operations>(service: ServiceName): ServiceClient<Operations> =>
    createClient<Operations>(service, { endpoint, region, credentials, sign: signRequest, attempts: 1, send });
  return {
    sagemaker: client('sagemaker'),
    runtime: client('sagemaker-runtime'),
    s3: client('s3'),
    logs: client('logs'),
  };
}

async function send({
  url,
  method,
  headers,
  body,
}: {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: unknown;
}): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }> {
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError('only whole bodies are sent here');
  // A buffer of a typed array is never shared here, which is all that the types of fetch ask.
  const whole = body as string | Uint8Array<ArrayBuffer> | undefined;
  const response = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(callLimitMs),
    ...(whole === undefined ? {} : { body: whole }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

/** No answer came: whether the call was carried out is unknown. */
export function gotNoAnswer(error: unknown): boolean {
  return error instanceof WireError && error.code === 'ConnectionFailed';
}

export function describeError(error: unknown): string {
  if (error instanceof WireError) return `${error.code} (${error.status}): ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
