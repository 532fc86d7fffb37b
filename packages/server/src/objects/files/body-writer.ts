/**
 * Writes a body to a file and hashes it in the same pass, in flat memory and without copying what it is given to keep: pieces are gathered into
 * batches, each batch is written by the thread pool, and then handed to a hash thread, which frees it.
 */
import type { FileHandle } from 'node:fs/promises';
import { BodyHash, type BodyDigests, type BodySums } from '../hashing/body-hash.ts';
import { HashPool, type StreamHash } from '../hashing/hash-pool.ts';
import type { Body } from '../object-store.ts';
import { isWhole, type OwnPiece } from '../pieces.ts';

export interface WrittenBody extends BodyDigests {
  size: number;
}

/** Small enough to stay in a core's cache until it is both written and hashed, large enough that a message per batch costs little. */
const BATCH_BYTES = 512 * 1024;
/** Batches of one body that are on their way at the same time: enough that a short stall of the disk does not stop the hashing. */
const BATCHES_PER_BODY = 8;
/** A batch of more pieces than this is made one piece: each costs something of its own. */
const PIECES_PER_BATCH = 64;
/** How often a long body is sent on to the disk while it still arrives, so that the flush at its end has little left to wait for. */
const FLUSH_BYTES = 64 * 1024 * 1024;

export class BodyWriter {
  readonly #hashes = new HashPool();

  /** Writes all of `body` at the start of `file`. Does not fsync. Fails as `body` fails. */
  async write(file: FileHandle, body: Body, sums: BodySums): Promise<WrittenBody> {
    const run = new BatchRun(file, () => this.#hashes.open(sums));
    let batch: OwnPiece[] = [];
    let length = 0;
    const disposable = !(body instanceof Uint8Array) && body.disposable === true;
    try {
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        for (const piece of ownPieces(chunk, disposable)) {
          batch.push(piece);
          length += piece.length;
          if (length < BATCH_BYTES) continue;
          await run.submit(batch, length);
          batch = [];
          length = 0;
        }
      }
      return await run.finish(batch, length, sums);
    } catch (error) {
      await run.abandon();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#hashes.close();
  }
}

/** A disposable chunk as it is; else, or if it is a part of something larger, copies of at most a batch. */
function* ownPieces(chunk: Uint8Array, disposable: boolean): Generator<OwnPiece> {
  if (disposable && isWhole(chunk)) yield chunk;
  else
    for (let at = 0; at < chunk.length; at += BATCH_BYTES) yield new Uint8Array(chunk.subarray(at, at + BATCH_BYTES));
}

/** The batches of one body, on their way to the disk and to the hash thread. */
class BatchRun {
  readonly #file: FileHandle;
  readonly #openHash: () => StreamHash;
  readonly #underWay = new Set<Promise<void>>();
  /** The last write that was asked for. */
  #written: Promise<void> = Promise.resolve();
  #hash: StreamHash | undefined;
  #position = 0;
  #flushed = 0;
  /** A flush of what was written so far, under way. */
  #behind: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(file: FileHandle, openHash: () => StreamHash) {
    this.#file = file;
    this.#openHash = openHash;
  }

  /** Resolves when there is room for the next batch. */
  async submit(batch: OwnPiece[], length: number): Promise<void> {
    this.#launch(batch, length);
    if (this.#underWay.size >= BATCHES_PER_BODY) await Promise.race(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async finish(last: OwnPiece[], length: number, sums: BodySums): Promise<WrittenBody> {
    const size = this.#position + length;
    if (this.#hash === undefined) {
      // A body of one batch: hashing it here is quicker than asking another thread.
      await writeFully(this.#file, last, length, 0);
      const hash = new BodyHash(sums);
      for (const piece of last) hash.update(piece);
      return { size, ...hash.digest() };
    }
    this.#launch(last, length);
    await Promise.all(this.#underWay);
    await this.#behind;
    if (this.#failure !== undefined) throw this.#failure.error;
    return { size, ...(await this.#hash.digest()) };
  }

  /** Waits until nothing touches the file any more. */
  async abandon(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#behind;
    this.#hash?.abandon();
  }

  #launch(batch: OwnPiece[], length: number): void {
    const hash = (this.#hash ??= this.#openHash());
    const position = this.#position;
    this.#position += length;
    const pieces = batch.length > PIECES_PER_BATCH ? [joined(batch, length)] : batch;
    // One write after the other: threads that write the same file at once spin on its lock, and take the time of those that work.
    const written = this.#written.then(() => writeFully(this.#file, pieces, length, position));
    this.#written = written.catch(() => undefined);
    const step: Promise<void> = written
      .then(() => {
        if (position + length - this.#flushed >= FLUSH_BYTES) this.#flushBehind(position + length);
        return hash.update(pieces);
      })
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(step));
    this.#underWay.add(step);
  }

  #flushBehind(position: number): void {
    if (this.#behind !== undefined) return;
    this.#flushed = position;
    this.#behind = this.#file
      .datasync()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#behind = undefined;
      });
  }
}

function joined(pieces: readonly Uint8Array[], length: number): OwnPiece {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function writeFully(
  file: FileHandle,
  pieces: readonly Uint8Array[],
  length: number,
  position: number,
): Promise<void> {
  let rest = pieces;
  for (let at = 0; at < length;) {
    const { bytesWritten } = await file.writev(rest, position + at);
    at += bytesWritten;
    if (at < length) rest = withoutFirst(rest, bytesWritten);
  }
}

function withoutFirst(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return pieces.flatMap((piece) => {
    const taken = Math.min(left, piece.length);
    left -= taken;
    return taken === piece.length ? [] : [piece.subarray(taken)];
  });
}
