/** What `X-Amz-Content-Sha256` says of the body. */
export type Payload =
  /** Nothing: the signature covers the hash of the body, so the body must be read first. */
  | { readonly kind: 'body' }
  /** The hash of the whole body, lower-case hexadecimal. */
  | { readonly kind: 'hash'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  /** `aws-chunked`: each chunk may be signed, and checksums may follow the last. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** SHA-256 of nothing. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const STREAMING: Readonly<Record<string, Payload>> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunked', signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunked', signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunked', signed: false, trailer: true },
};

/** `undefined` when the value is none that AWS knows. */
export function parsePayload(value: string): Payload | undefined {
  if (value === UNSIGNED_PAYLOAD) return { kind: 'unsigned' };
  if (/^[0-9a-fA-F]{64}$/.test(value)) return { kind: 'hash', sha256: value.toLowerCase() };
  return Object.hasOwn(STREAMING, value) ? STREAMING[value] : undefined;
}
