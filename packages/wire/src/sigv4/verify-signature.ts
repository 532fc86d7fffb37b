import { hash, timingSafeEqual } from 'node:crypto';
import type { Authorization } from './authorization.ts';
import { canonicalRequest, type RequestHead } from './canonical-request.ts';
import { presignedV2Signature } from './presigned-v2.ts';
import { SignatureError } from './signature-error.ts';
import { formatScope, hmacHex, type SigningKeys } from './signing-key.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

export interface VerifyOptions {
  /** The secret that belongs to `authorization.accessKeyId`. */
  readonly secretAccessKey: string;
  readonly keys: SigningKeys;
  readonly now: Date;
  /** Lower-case hexadecimal SHA-256 of the body; needed only where `authorization.payload.kind` is `body`. */
  readonly bodySha256?: string | undefined;
  /** Milliseconds that the clocks may differ. Default: 15 minutes, as AWS. */
  readonly skew?: number;
}

/**
 * Computes the signature again and compares in constant time. The body is covered only as far as `authorization.payload`
 * says: a stated hash, and the chunks of `aws-chunked`, are for the reader of the body to compare.
 *
 * Thrown when the time is off (`skewed`, `expired`), a header of weight is not covered (`unsigned-header`) or the
 * signature is another (`mismatch`).
 */
export function verifySignature(head: RequestHead, authorization: Authorization, options: VerifyOptions): void {
  if (authorization.source === 'query-v2') return verifyPresignedV2(head, authorization, options);
  checkTime(authorization, options.now, options.skew ?? 15 * 60_000);
  checkCoverage(head, authorization);
  const payloadHash = authorization.payloadHash ?? options.bodySha256;
  if (payloadHash === undefined)
    throw new TypeError('The body must be hashed before a signature that covers it can be verified.');
  const { scope, signedHeaders, timestamp } = authorization;
  const canonical = canonicalRequest(head, scope.service, signedHeaders, payloadHash);
  const stringToSign = `AWS4-HMAC-SHA256\n${timestamp}\n${formatScope(scope)}\n${hash('sha256', canonical, 'hex')}`;
  const expected = hmacHex(options.keys.get(options.secretAccessKey, scope), stringToSign);
  if (!sameText(expected, authorization.signature)) throw mismatch();
}

/** Compares in a time that tells nothing of where the texts differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function verifyPresignedV2(head: RequestHead, { expires = 0, signature }: Authorization, options: VerifyOptions): void {
  if (options.now.getTime() > expires * 1000) {
    throw new SignatureError(
      'expired',
      `Request has expired: it was good until ${formatTimestamp(new Date(expires * 1000))} and the server's clock says ${formatTimestamp(options.now)}.`,
    );
  }
  if (!sameText(presignedV2Signature(head, expires, options.secretAccessKey), signature)) throw mismatch();
}

function mismatch(): SignatureError {
  return new SignatureError(
    'mismatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

function checkTime({ timestamp, scope, expires }: Authorization, now: Date, skew: number): void {
  const signed = parseTimestamp(timestamp);
  if (signed === undefined)
    throw new SignatureError('incomplete', `Date must be in ISO-8601 'basic format'. Got '${timestamp}'.`);
  if (!timestamp.startsWith(scope.date)) {
    throw new SignatureError(
      'mismatch',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${timestamp.slice(0, 8)}'.`,
    );
  }
  const serverTime = formatTimestamp(now);
  if (signed - now.getTime() > skew) {
    throw new SignatureError(
      'skewed',
      `Signature not yet current: the request was signed at ${timestamp}, the server's clock says ${serverTime}, and they may differ by ${skew / 60_000} minutes. Set the clock of the client.`,
    );
  }
  if (expires !== undefined) {
    if (now.getTime() > signed + expires * 1000) {
      throw new SignatureError(
        'expired',
        `Request has expired: it was signed at ${timestamp} for ${expires} seconds and the server's clock says ${serverTime}.`,
      );
    }
    return;
  }
  if (now.getTime() - signed > skew) {
    throw new SignatureError(
      'skewed',
      `Signature expired: the request was signed at ${timestamp}, the server's clock says ${serverTime}, and they may differ by ${skew / 60_000} minutes. Set the clock of the client.`,
    );
  }
}

/** A header that says what is asked must be signed, or a captured request could be given another meaning. */
function checkCoverage(head: RequestHead, { signedHeaders }: Authorization): void {
  for (const name in head.headers) {
    if (!name.startsWith('x-amz-') || signedHeaders.includes(name)) continue;
    // The one stands in the canonical request by itself, the other is sealed by its issuer.
    if (name === 'x-amz-content-sha256' || name === 'x-amz-security-token') continue;
    throw new SignatureError(
      'unsigned-header',
      `There were headers present in the request which were not signed: ${name}`,
    );
  }
}
