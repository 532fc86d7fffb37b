import { hash, type KeyObject } from 'node:crypto';
import { EMPTY_SHA256 } from './payload.ts';
import { hmacHex } from './signing-key.ts';

/** Where the chain of chunk signatures begins: the signature of the request itself. */
export interface ChunkSeed {
  readonly key: KeyObject;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  /** `<date>/<region>/<service>/aws4_request` */
  readonly scope: string;
  readonly signature: string;
}

/** Signs the next chunk, or the trailer: each signature covers the one before it. */
export interface ChunkSigner {
  chunk(sha256: string): string;
  trailer(text: string): string;
}

export function createChunkSigner({ key, timestamp, scope, signature }: ChunkSeed): ChunkSigner {
  let previous = signature;
  return {
    chunk(sha256) {
      previous = hmacHex(
        key,
        `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${scope}\n${previous}\n${EMPTY_SHA256}\n${sha256}`,
      );
      return previous;
    },
    trailer(text) {
      previous = hmacHex(
        key,
        `AWS4-HMAC-SHA256-TRAILER\n${timestamp}\n${scope}\n${previous}\n${hash('sha256', text, 'hex')}`,
      );
      return previous;
    },
  };
}
