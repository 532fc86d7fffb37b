/** The rows of a classifier in kernel memory, and passes over examples that learn or measure. */
import { claimPages } from '../kernels/claim-pages.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { requireMemory } from '../program/memory.ts';
import { withoutPadding } from './embedding.ts';
import type { Examples } from './examples.ts';

export interface ClassifierOptions {
  readonly words: number;
  readonly buckets: number;
  readonly labels: number;
  readonly dim: number;
  readonly rate: number;
  readonly seed: number;
  /** The state of the best epoch is to be kept: twice the memory. */
  readonly keepsBest: boolean;
}

const mostBlocks = 64;
const leastBlock = 256;
/** Examples that all threads together learn before they exchange what they learnt of the output. */
const examplesApart = 128;
/** Bytes that the threads' copies of the output take at most. */
const mostCopyBytes = 2 ** 28;

export class Classifier {
  readonly input: HeapArray<Float32Array>;
  readonly output: HeapArray<Float32Array>;
  readonly #kernels: Kernels;
  readonly #options: ClassifierOptions;
  readonly #stride: number;
  readonly #best: Pick<Classifier, 'input' | 'output'> | undefined;
  readonly #blocks: number;
  readonly #apart: number;
  readonly #scratch: number;
  readonly #scratchBytes: number;

  /** Thrown when the rows do not fit in memory: ClientError. */
  constructor(kernels: Kernels, options: ClassifierOptions) {
    const { heap, pool } = kernels;
    const { words, buckets, labels, dim } = options;
    this.#kernels = kernels;
    this.#options = options;
    this.#stride = rowStride(dim);
    const copyBytes = labels * this.#stride * 8;
    const copies = pool.threads === 1 ? 0 : Math.min(mostBlocks, Math.floor(mostCopyBytes / copyBytes));
    // One thread has its rows for itself, and so have several where copies would take too much: these wait for each other more.
    const isApart = copies >= pool.threads;
    this.#blocks = isApart ? copies : mostBlocks;
    this.#apart = isApart ? Math.max(1, Math.round(examplesApart / pool.threads)) : 0;
    requireMemory({
      bytes:
        (words + buckets + labels) * this.#stride * 4 * (options.keepsBest ? 2 : 1) +
        (isApart ? copies * copyBytes : 0),
      what: `${words + buckets + labels} vectors with ${dim} numbers`,
      remedy: 'lower buckets or vector_dim',
    });
    // Buckets begin at 0, so that an n-gram that is not in the training data adds nothing.
    this.input = heap.float32((words + buckets) * this.#stride);
    this.output = heap.float32(labels * this.#stride);
    this.#best = options.keepsBest
      ? { input: heap.float32((words + buckets) * this.#stride), output: heap.float32(labels * this.#stride) }
      : undefined;
    claimPages(kernels, this.input);
    const grain = Math.max(1024, Math.ceil(words / 8192));
    pool.parallel('word2vec', 'fill_uniform', { items: words, grain }, [
      this.input.pointer,
      dim,
      this.#stride,
      1 / dim,
      options.seed,
    ]);
    this.#scratchBytes = Math.ceil((this.#stride * (2 + (isApart ? 2 * labels : 0)) + rowStride(labels)) / 16) * 64;
    this.#scratch = heap.allocate(this.#scratchBytes * this.#blocks);
  }

  /** Returns how many examples had their label on top before they were learnt. `done`: lines passed before, of `total` in all epochs. */
  learn({ pointer, starts, count }: Examples, done: number, total: number): number {
    const { rate, seed, labels } = this.#options;
    return this.#run('train', count, [
      pointer,
      starts,
      this.input.pointer,
      this.output.pointer,
      this.#stride * 4,
      labels,
      rate,
      done,
      Math.max(1, total),
      seed + (done % 2 ** 20) * 2 ** 32,
      this.#apart,
      this.#scratch,
      this.#scratchBytes,
    ]);
  }

  /** Returns how many examples have one of their labels on top. */
  countRight({ pointer, starts, count }: Examples): number {
    return this.#run('count_right', count, [
      pointer,
      starts,
      this.input.pointer,
      this.output.pointer,
      this.#stride * 4,
      this.#options.labels,
      this.#scratch,
      this.#scratchBytes,
    ]);
  }

  /** Keeps the rows as they are now, in the place of what was kept before. */
  keepBest(): void {
    if (this.#best === undefined) throw new Error('the classifier was made without room for its best state');
    this.#best.input.values.set(this.input.values);
    this.#best.output.values.set(this.output.values);
  }

  /** Goes back to what was kept last. */
  restoreBest(): void {
    if (this.#best === undefined) return;
    this.input.values.set(this.#best.input.values);
    this.output.values.set(this.#best.output.values);
  }

  /** All that a checkpoint must hold. */
  state(): Readonly<Record<string, Float32Array>> {
    const { input, output } = this;
    return {
      input: input.values,
      output: output.values,
      ...(this.#best === undefined ? {} : { bestInput: this.#best.input.values, bestOutput: this.#best.output.values }),
    };
  }

  /** All rows as fastText's file holds them. */
  matrices(): { input: Float32Array; output: Float32Array } {
    const { words, buckets, labels, dim } = this.#options;
    return {
      input: withoutPadding(this.input.values, words + buckets, dim, this.#stride),
      output: withoutPadding(this.output.values, labels, dim, this.#stride),
    };
  }

  #run(kernel: 'train' | 'count_right', count: number, args: readonly number[]): number {
    if (count === 0) return 0;
    const grain = Math.max(leastBlock, Math.ceil(count / this.#blocks));
    return this.#kernels.pool
      .parallel('fasttext', kernel, { items: count, grain }, args)
      .reduce((sum, part) => sum + part, 0);
  }
}
