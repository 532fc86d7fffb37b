/**
 * Writes a body to a file and hashes it in the same pass, in flat memory: chunks are gathered into blocks of 256 KiB, and each block is written by
 * the thread pool and hashed by a hash thread at the same time, while the next one fills.
 */
import type { FileHandle } from 'node:fs/promises';
import { BodyHash, type BodyDigests, type BodySums } from '../hashing/body-hash.ts';
import { HashPool, type StreamHash } from '../hashing/hash-pool.ts';
import type { Body } from '../object-store.ts';
import { freePiece } from '../pieces.ts';

export interface WrittenBody extends BodyDigests {
  size: number;
}

/** Small enough to stay in a core's cache until it is both hashed and written, which halves the cost of the write. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks of one body that are on their way at the same time: enough that a short stall of the disk does not stop the hashing. */
const BLOCKS_PER_BODY = 12;
/** How often a long body is sent on to the disk while it still arrives, so that the flush at its end has little left to wait for. */
const FLUSH_BYTES = 64 * 1024 * 1024;
/** Blocks kept for the next body. */
const SPARE_BLOCKS = 32;

type Block = Uint8Array<SharedArrayBuffer>;

export class BodyWriter {
  readonly #hashes = new HashPool();
  readonly #spare: Block[] = [];

  /** Writes all of `body` at the start of `file`. Does not fsync. Fails as `body` fails. */
  async write(file: FileHandle, body: Body, sums: BodySums): Promise<WrittenBody> {
    const run = new BlockRun(
      file,
      () => this.#hashes.open(sums),
      (block) => this.#give(block),
    );
    let block = this.#take();
    let filled = 0;
    const disposable = !(body instanceof Uint8Array) && body.disposable === true;
    try {
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        for (let at = 0; at < chunk.length;) {
          if (filled === BLOCK_BYTES) {
            const full = block;
            // Taken before the full one is handed on, so that a block is never in two places.
            block = this.#take();
            await run.submit(full, filled);
            filled = 0;
          }
          const length = Math.min(chunk.length - at, BLOCK_BYTES - filled);
          block.set(chunk.subarray(at, at + length), filled);
          filled += length;
          at += length;
        }
        if (disposable) freePiece(chunk);
      }
      return await run.finish(block, filled, sums);
    } catch (error) {
      await run.abandon();
      throw error;
    } finally {
      this.#give(block);
    }
  }

  async close(): Promise<void> {
    this.#spare.length = 0;
    await this.#hashes.close();
  }

  #take(): Block {
    return this.#spare.pop() ?? new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES));
  }

  #give(block: Block): void {
    if (this.#spare.length < SPARE_BLOCKS) this.#spare.push(block);
  }
}

/** The blocks of one body, on their way to the disk and to the hash thread. */
class BlockRun {
  readonly #file: FileHandle;
  readonly #openHash: () => StreamHash;
  readonly #give: (block: Block) => void;
  readonly #underWay = new Set<Promise<void>>();
  /** The last write that was asked for. */
  #written: Promise<void> = Promise.resolve();
  #hash: StreamHash | undefined;
  #position = 0;
  #flushed = 0;
  /** A flush of what was written so far, under way. */
  #behind: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(file: FileHandle, openHash: () => StreamHash, give: (block: Block) => void) {
    this.#file = file;
    this.#openHash = openHash;
    this.#give = give;
  }

  /** Resolves when there is room for the next block. */
  async submit(block: Block, length: number): Promise<void> {
    this.#launch(block, length, () => this.#give(block));
    if (this.#underWay.size >= BLOCKS_PER_BODY - 1) await Promise.race(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** The last block stays the caller's. */
  async finish(last: Block, length: number, sums: BodySums): Promise<WrittenBody> {
    const size = this.#position + length;
    if (this.#hash === undefined) {
      // A body of one block: hashing it here is quicker than asking another thread.
      const bytes = last.subarray(0, length);
      await writeFully(this.#file, bytes, 0);
      const hash = new BodyHash(sums);
      hash.update(bytes);
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

  #launch(block: Block, length: number, done?: () => void): void {
    this.#hash ??= this.#openHash();
    const step: Promise<void> = this.#writeAndHash(this.#hash, block, length, done).finally(() =>
      this.#underWay.delete(step),
    );
    this.#underWay.add(step);
  }

  async #writeAndHash(hash: StreamHash, block: Block, length: number, done?: () => void): Promise<void> {
    const position = this.#position;
    this.#position += length;
    // One write after the other: threads that write the same file at once spin on its lock, and take the time of those that work.
    const written = this.#written.then(() => writeFully(this.#file, block.subarray(0, length), position));
    this.#written = written.catch(() => undefined);
    // Both halves are waited for, also when one fails: only then is the block free.
    const results = await Promise.allSettled([written, hash.update(block.buffer, length)]);
    done?.();
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) this.#failure ??= { error: failed.reason };
    if (position + length - this.#flushed >= FLUSH_BYTES) this.#flushBehind(position + length);
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

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
