import { hash } from 'node:crypto';
import { canonicalQuery, canonicalRequest } from './canonical-request.ts';
import { EMPTY_SHA256, UNSIGNED_PAYLOAD } from './payload.ts';
import type { Credentials, SigningOptions, UnsignedRequest } from './sign-request.ts';
import { createSigningKeys, formatScope, hmacHex } from './signing-key.ts';
import { formatTimestamp } from './timestamp.ts';

export interface PresignOptions extends SigningOptions {
  /** Seconds, 1 to 604800 (a week). Default 900. */
  readonly expiresIn?: number;
}

/**
 * A URL that does one request for whoever holds it. Every header given must be sent with it, unchanged.
 * Thrown when `expiresIn` is out of range.
 */
export function presignUrl(
  request: Omit<UnsignedRequest, 'body'>,
  credentials: Credentials,
  options: PresignOptions,
): URL {
  const expiresIn = options.expiresIn ?? 900;
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > 604_800) {
    throw new RangeError(`A presigned URL is good for 1 to 604800 seconds, got ${expiresIn}.`);
  }
  const timestamp = formatTimestamp(options.date ?? new Date());
  const { region, service } = options;
  const scope = { date: timestamp.slice(0, 8), region, service };
  const covered: Record<string, string> = { host: request.url.host };
  for (const [name, value] of Object.entries(request.headers)) covered[name.toLowerCase()] = value;
  const signedHeaders = Object.keys(covered).toSorted();

  const url = new URL(request.url);
  const claims = [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${formatScope(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresIn)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
    ...(credentials.sessionToken === undefined ? [] : [['X-Amz-Security-Token', credentials.sessionToken]]),
  ].map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`);
  const query = canonicalQuery([url.search.slice(1), ...claims].filter((part) => part !== '').join('&'));

  const payloadHash = options.payloadHash ?? (service === 's3' ? UNSIGNED_PAYLOAD : EMPTY_SHA256);
  const head = { method: request.method, target: `${url.pathname}?${query}`, headers: covered };
  const canonical = canonicalRequest(head, service, signedHeaders, payloadHash);
  const key = (options.keys ?? createSigningKeys(1)).get(credentials.secretAccessKey, scope);
  const signature = hmacHex(
    key,
    `AWS4-HMAC-SHA256\n${timestamp}\n${formatScope(scope)}\n${hash('sha256', canonical, 'hex')}`,
  );
  url.search = `?${query}&X-Amz-Signature=${signature}`;
  return url;
}
