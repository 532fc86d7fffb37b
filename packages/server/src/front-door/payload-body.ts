/** What a signature says of a body, held against the body itself. */
import { type AwsChunkedOptions, decodeAwsChunked, formatScope, type Payload, type SigningKeys } from '@rung/wire';
import { createHash } from 'node:crypto';
import type { Pieces } from '../objects/pieces.ts';
import { type Claim, tamperedBody } from './authenticate.ts';

export interface CheckedBody {
  /** Fails at its end when the body is not the one that was signed: what came before counts only once the end was reached. */
  readonly pieces: Pieces;
  /** Of an `aws-chunked` body that announces some. */
  readonly trailers?: Promise<Readonly<Record<string, string>>>;
}

/** Wraps the pieces of a body whose signature was proven, so far as that went without the body. */
export function checkPieces(
  pieces: Pieces,
  claim: Claim,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  keys: SigningKeys,
): CheckedBody {
  const { payload } = claim.authorization;
  if (payload.kind === 'hash') return { pieces: hashed(pieces, payload.sha256) };
  if (payload.kind !== 'chunked') return { pieces };
  const names = namesOf(headers['x-amz-trailer']);
  const decoded = decodeAwsChunked(pieces, {
    seed: seedOf(payload, claim, keys),
    decodedLength: lengthOf(headers['x-amz-decoded-content-length']),
    trailers: names,
  });
  return names.length === 0 ? { pieces: decoded } : { pieces: decoded, trailers: decoded.trailers };
}

function hashed(pieces: Pieces, sha256: string): Pieces {
  return {
    ...pieces,
    async *[Symbol.asyncIterator]() {
      const hash = createHash('sha256');
      for await (const piece of pieces) {
        hash.update(piece);
        yield piece;
      }
      if (hash.digest('hex') !== sha256) throw tamperedBody();
    },
  };
}

function seedOf(
  payload: Extract<Payload, { kind: 'chunked' }>,
  { authorization, secretAccessKey }: Claim,
  keys: SigningKeys,
): AwsChunkedOptions['seed'] {
  if (!payload.signed) return undefined;
  const { scope, timestamp, signature } = authorization;
  return { key: keys.get(secretAccessKey, scope), timestamp, scope: formatScope(scope), signature };
}

function namesOf(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
}

function lengthOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
