/** Input and output rows of word2vec in kernel memory, and a pass over tokens that learns them. */
import { claimPages } from '../kernels/claim-pages.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { requireMemory } from '../program/memory.ts';
import { aliasTable, keepShares } from './negative-table.ts';
import type { Tokens } from './vocabulary.ts';

export const trainingModes = ['skipgram', 'cbow', 'batch_skipgram'] as const;

export interface EmbeddingOptions {
  readonly mode: (typeof trainingModes)[number];
  readonly dim: number;
  readonly window: number;
  readonly negatives: number;
  readonly batch: number;
  readonly samplingThreshold: number;
  readonly rate: number;
  readonly seed: number;
  /** Tells apart the hosts of a job, which begin with the same rows and learn with other random numbers. */
  readonly stream: number;
  /** Of the words, the most frequent first. */
  readonly counts: readonly number[];
  /** Rows of each word's subwords, its own first; absent where a word is one row. */
  readonly subwords?: { readonly starts: Uint32Array; readonly rows: Uint32Array; readonly buckets: number };
}

/** Where the training is: it decides the rate and the random numbers. */
export interface Position {
  /** Tokens learnt before, of `total` in all epochs. */
  readonly done: number;
  readonly total: number;
}

const sentenceTokens = 1024;
const sigmoidSize = 1024;
const mostBlocks = 64;
const leastBlock = 2048;

export class Embedding {
  readonly rows: number;
  readonly input: HeapArray<Float32Array>;
  readonly output: HeapArray<Float32Array>;
  readonly stride: number;
  readonly #kernels: Kernels;
  readonly #options: EmbeddingOptions;
  readonly #scratch: number;
  readonly #scratchBytes: number;
  readonly #tables: { alias: number; keep: number; sigmoid: number; starts: number; parts: number };

  /** Thrown when the rows do not fit in memory: ClientError. */
  constructor(kernels: Kernels, options: EmbeddingOptions) {
    const { heap, pool } = kernels;
    const { dim, counts, subwords, negatives, batch } = options;
    this.#kernels = kernels;
    this.#options = options;
    this.stride = rowStride(dim);
    this.rows = counts.length + (subwords?.buckets ?? 0);
    requireMemory({
      bytes: (this.rows + counts.length) * this.stride * 4,
      what: `${this.rows} vectors with ${dim} numbers`,
      remedy: 'lower vector_dim or buckets, or raise min_count',
    });
    this.input = heap.float32(this.rows * this.stride);
    this.output = heap.float32(counts.length * this.stride);
    claimPages(kernels, this.input, this.output);
    // Buckets begin at 0, so that one that no word of the text has adds nothing to an unknown word.
    pool.parallel(
      'word2vec',
      'fill_uniform',
      { items: counts.length, grain: Math.max(1024, Math.ceil(counts.length / 8192)) },
      [this.input.pointer, dim, this.stride, 1 / dim, options.seed],
    );
    const tokens = counts.reduce((sum, count) => sum + count, 0);
    this.#tables = {
      alias: this.#store(aliasTable(counts)),
      keep: this.#store(keepShares(counts, tokens, options.samplingThreshold)),
      sigmoid: this.#sigmoid(),
      starts: subwords === undefined ? 0 : this.#store(subwords.starts),
      parts: subwords === undefined ? 0 : this.#store(subwords.rows),
    };
    const targets = Math.ceil((negatives + 1) / 6) * 6;
    const batches = Math.ceil(batch / 4) * 4;
    const bytes = sentenceTokens * 4 + targets * 4 + batches * 28 + this.stride * 4 * (1 + 2 * batches);
    this.#scratchBytes = Math.ceil(bytes / 64) * 64;
    this.#scratch = heap.allocate(this.#scratchBytes * mostBlocks);
  }

  /** Learns a piece. With one thread the result is always the same; several threads write to the same rows without waiting for each other. */
  learn({ pointer, length }: Tokens, { done, total }: Position): void {
    const { mode, window, negatives, batch, rate, seed, stream, counts } = this.#options;
    this.#kernels.pool.parallel(
      'word2vec',
      'train',
      { items: length, grain: Math.max(leastBlock, Math.ceil(length / mostBlocks)) },
      [
        pointer,
        length,
        trainingModes.indexOf(mode),
        this.input.pointer,
        this.output.pointer,
        this.stride * 4,
        counts.length,
        window,
        negatives,
        batch,
        this.#tables.alias,
        this.#tables.keep,
        this.#tables.sigmoid,
        this.#tables.starts,
        this.#tables.parts,
        rate,
        done,
        Math.max(1, total),
        seed + stream * 2 ** 32,
        this.#scratch,
        this.#scratchBytes,
      ],
    );
  }

  /** A row of `dim` numbers per word: its own, or the mean of its subwords'. */
  vectors(): Float32Array {
    const { counts, subwords } = this.#options;
    if (subwords === undefined) return this.#withoutPadding(this.input.values, counts.length);
    const { heap, pool } = this.#kernels;
    const means = heap.float32(counts.length * this.stride);
    const args = [means.pointer, this.input.pointer, this.stride * 4, this.#tables.starts, this.#tables.parts];
    const grain = Math.max(1024, Math.ceil(counts.length / 8192));
    pool.parallel('word2vec', 'mean_parts', { items: counts.length, grain }, args);
    return this.#withoutPadding(means.values, counts.length);
  }

  /** All rows as fastText's file holds them. */
  matrices(): { input: Float32Array; output: Float32Array } {
    return {
      input: this.#withoutPadding(this.input.values, this.rows),
      output: this.#withoutPadding(this.output.values, this.#options.counts.length),
    };
  }

  #withoutPadding(values: Float32Array, rows: number): Float32Array {
    return withoutPadding(values, rows, this.#options.dim, this.stride);
  }

  #store(values: Uint32Array): number {
    const { heap } = this.#kernels;
    const pointer = heap.allocate(Math.max(4, values.byteLength));
    new Uint32Array(heap.memory.buffer, pointer, values.length).set(values);
    return pointer;
  }

  #sigmoid(): number {
    const table = this.#kernels.heap.float32(sigmoidSize);
    for (let i = 0; i < sigmoidSize; i++) table.values[i] = 1 / (1 + Math.exp(-(((i + 0.5) / sigmoidSize) * 12 - 6)));
    return table.pointer;
  }
}

/** Rows without the zeros that fill them up: the values themselves where there are none. */
export function withoutPadding(values: Float32Array, rows: number, columns: number, stride: number): Float32Array {
  if (columns === stride) return values.subarray(0, rows * columns);
  const plain = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) plain.set(values.subarray(row * stride, row * stride + columns), row * columns);
  return plain;
}
