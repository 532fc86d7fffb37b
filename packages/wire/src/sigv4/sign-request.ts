import { hash } from 'node:crypto';
import { canonicalRequest } from './canonical-request.ts';
import { EMPTY_SHA256 } from './payload.ts';
import { createSigningKeys, formatScope, hmacHex, type SigningKeys } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Goes with temporary credentials. */
  readonly sessionToken?: string | undefined;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body, or `undefined` for none. A stream is signed by its hash: see `SigningOptions.payloadHash`. */
  readonly body?: Uint8Array | string | undefined;
}

export interface SigningOptions {
  readonly region: string;
  /** The signing name: `sagemaker`, `s3`, `monitoring` … */
  readonly service: string;
  /** Default: now. */
  readonly date?: Date;
  /** Stands for the body: `UNSIGNED-PAYLOAD`, a `STREAMING-…` form, or its SHA-256 where it is known already. */
  readonly payloadHash?: string | undefined;
  /** A program that signs often passes one and saves four of five HMACs. */
  readonly keys?: SigningKeys;
}

/** Headers that something on the way may add, drop or change. */
const NEVER_SIGNED = new Set([
  'authorization',
  'connection',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
  'content-length',
]);

/**
 * The headers to send, lower-case: those given, and `x-amz-date`, `x-amz-content-sha256`, `authorization` and, with
 * temporary credentials, `x-amz-security-token`. `host` is signed as the URL has it and left for the HTTP client to send.
 */
export function signRequest(
  request: UnsignedRequest,
  credentials: Credentials,
  options: SigningOptions,
): Record<string, string> {
  const timestamp = formatTimestamp(options.date ?? new Date());
  const payloadHash = options.payloadHash ?? bodyHash(request.body);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  headers['x-amz-date'] = timestamp;
  headers['x-amz-content-sha256'] = payloadHash;
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;
  delete headers['authorization'];

  const { region, service } = options;
  const scope = { date: timestamp.slice(0, 8), region, service };
  const covered = { host: request.url.host, ...headers };
  const signedHeaders = Object.keys(covered)
    .filter((name) => !NEVER_SIGNED.has(name))
    .toSorted();
  const head = { method: request.method, target: request.url.pathname + request.url.search, headers: covered };
  const canonical = canonicalRequest(head, service, signedHeaders, payloadHash);
  const key = (options.keys ?? createSigningKeys(1)).get(credentials.secretAccessKey, scope);
  const signature = hmacHex(
    key,
    `AWS4-HMAC-SHA256\n${timestamp}\n${formatScope(scope)}\n${hash('sha256', canonical, 'hex')}`,
  );
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${formatScope(scope)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return headers;
}

function bodyHash(body: Uint8Array | string | undefined): string {
  return body === undefined || body.length === 0 ? EMPTY_SHA256 : hash('sha256', body, 'hex');
}
