/** The thread that hashes bodies: several streams at once, each a row of updates. */
import { parentPort } from 'node:worker_threads';
import { freePiece, type OwnPiece } from '../pieces.ts';
import { BodyHash, type BodyDigests, type BodySums } from './body-hash.ts';

export type HashRequest =
  | {
      kind: 'update';
      stream: number;
      /** Given to this thread. */
      pieces: readonly OwnPiece[];
      sums: BodySums;
    }
  | { kind: 'digest' | 'abandon'; stream: number };

export type HashReply = { kind: 'updated'; stream: number } | { kind: 'digest'; stream: number; digests: BodyDigests };

const streams = new Map<number, BodyHash>();

parentPort?.on('message', (request: HashRequest) => {
  const reply = answer(request);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  if (reply !== undefined) parentPort?.postMessage(reply);
});

function answer(request: HashRequest): HashReply | undefined {
  const { stream } = request;
  let hashes = streams.get(stream);
  if (request.kind === 'update') {
    if (hashes === undefined) {
      hashes = new BodyHash(request.sums);
      streams.set(stream, hashes);
    }
    for (const piece of request.pieces) {
      hashes.update(piece);
      freePiece(piece);
    }
    return { kind: 'updated', stream };
  }
  streams.delete(stream);
  if (request.kind === 'abandon' || hashes === undefined) return undefined;
  return { kind: 'digest', stream, digests: hashes.digest() };
}
