/** The pairs of a channel, mixed anew in each epoch and cut into batches. */
import type { DataChannel } from '../program/data-channel.ts';
import { Random } from '../random.ts';
import { readPairs, type Pairs } from './read-pairs.ts';

/** Pairs that are mixed with each other; when there are no more of them they are kept, else every epoch reads again. 8 bytes each. */
const CHUNK_PAIRS = 2 ** 24;

export interface PairBatchOptions {
  readonly vectors: number;
  readonly batchPairs: number;
  /** The order of an epoch depends on nothing else, so that a resumed training goes on as it would have. */
  readonly seed: number;
  readonly chunkPairs?: number;
}

export class PairBatches {
  readonly #channel: DataChannel;
  readonly #options: PairBatchOptions;
  readonly #chunkPairs: number;
  #kept: Pairs | undefined;

  constructor(channel: DataChannel, options: PairBatchOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#chunkPairs = options.chunkPairs ?? CHUNK_PAIRS;
  }

  /** Each batch is valid until the next one is asked for. */
  async *epoch(epoch: number): AsyncGenerator<Pairs> {
    let chunk = 0;
    for await (const pairs of this.#chunks(epoch)) yield* this.#batches(pairs, epoch, chunk++);
  }

  async *#chunks(epoch: number): AsyncGenerator<Pairs> {
    if (this.#kept !== undefined) return yield this.#kept;
    let first: Pairs | undefined;
    let chunks = 0;
    for await (const pairs of readPairs(this.#channel, epoch, {
      vectors: this.#options.vectors,
      most: this.#chunkPairs,
    })) {
      first = chunks++ === 0 ? pairs : undefined;
      yield pairs;
    }
    this.#kept = first;
  }

  *#batches(pairs: Pairs, epoch: number, chunk: number): Generator<Pairs> {
    const { batchPairs, seed } = this.#options;
    const order = shuffledOrder(pairs.count, new Random(seed, streamOf(epoch, chunk)));
    const entities = new Uint32Array(Math.min(batchPairs, pairs.count));
    const addresses = new Uint32Array(entities.length);
    for (let from = 0; from < pairs.count; from += batchPairs) {
      const count = Math.min(batchPairs, pairs.count - from);
      for (let i = 0; i < count; i++) {
        const at = order[from + i] ?? 0;
        entities[i] = pairs.entities[at] ?? 0;
        addresses[i] = pairs.addresses[at] ?? 0;
      }
      yield { count, entities: entities.subarray(0, count), addresses: addresses.subarray(0, count) };
    }
  }
}

/** 0 … length - 1 in random order. */
export function shuffledOrder(length: number, random: Random, order: Int32Array = new Int32Array(length)): Int32Array {
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = length - 1; i > 0; i--) {
    // 32 bits are enough for an order, and half the work of random.below.
    const other = Math.floor((random.uint32() * (i + 1)) / 2 ** 32);
    const moved = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = moved;
  }
  return order;
}

/** A stream of random numbers for each pair of small numbers. */
export function streamOf(a: number, b: number): number {
  return (Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca77)) | 0;
}
