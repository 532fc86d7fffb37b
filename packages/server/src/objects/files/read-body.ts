import { close, createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Pieces } from '../pieces.ts';
import type { ByteRange } from '../byte-range.ts';

/** Large enough that the thread pool is not the limit, small enough that a hundred readers stay cheap. */
const READ_BLOCK_BYTES = 256 * 1024;

/** Reads an open file and closes it at the end, on error, and when destroyed. An undefined range is the whole file. */
export function readBody(descriptor: number, size: number, range?: ByteRange): Readable & Pieces {
  if (size > 0) {
    // Only the descriptor counts: the path may be another object's by now.
    const { start, end } = range ?? { start: 0, end: size - 1 };
    const stream = createReadStream('', {
      fd: descriptor,
      start,
      end,
      autoClose: true,
      highWaterMark: READ_BLOCK_BYTES,
    });
    return Object.assign(stream, { disposable: true });
  }
  return new Readable({
    read() {
      this.push(null);
    },
    destroy(error, done) {
      close(descriptor, (failure) => done(error ?? failure));
    },
  });
}
