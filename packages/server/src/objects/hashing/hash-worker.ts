/** The thread that hashes bodies: several streams at once, each a row of updates over shared memory. */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { createChecksum, type ChecksumAlgorithm, type RunningChecksum } from '../checksums/checksum.ts';

export type HashRequest =
  | {
      kind: 'update';
      stream: number;
      memory: SharedArrayBuffer;
      length: number;
      checksum: ChecksumAlgorithm | undefined;
    }
  | { kind: 'digest' | 'abandon'; stream: number };

export type HashReply =
  | { kind: 'updated'; stream: number }
  | { kind: 'digest'; stream: number; md5: Uint8Array; checksum: Uint8Array | undefined };

const streams = new Map<number, { md5: Hash; checksum: RunningChecksum | undefined }>();

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
      hashes = { md5: createHash('md5'), checksum: request.checksum && createChecksum(request.checksum) };
      streams.set(stream, hashes);
    }
    const bytes = new Uint8Array(request.memory, 0, request.length);
    hashes.md5.update(bytes);
    hashes.checksum?.update(bytes);
    return { kind: 'updated', stream };
  }
  streams.delete(stream);
  if (request.kind === 'abandon' || hashes === undefined) return undefined;
  return { kind: 'digest', stream, md5: hashes.md5.digest(), checksum: hashes.checksum?.digest() };
}
