/** Topics and the documents' shares of them, improved in turn: what each word of a document came from is expected, then topics and shares follow. */
import type { Kernels } from '../kernels/kernels.ts';
import { rowStride } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Corpus } from './corpus.ts';
import { rowSpan } from './times-matrix.ts';

/** Added to what the documents say of the prior, so that no topic dies. */
const leastShare = 1e-3;

export class Mixture {
  readonly topics: number;
  /** Per word, the probabilities in all topics; padded with zeros to {@link stride}. */
  readonly words: HeapArray<Float32Array>;
  /** The prior of a document. */
  readonly prior: HeapArray<Float32Array>;
  readonly stride: number;
  readonly #kernels: Kernels;

  /** All zeros. `count`: words that there are. */
  private constructor(kernels: Kernels, topics: number, count: number) {
    this.#kernels = kernels;
    this.topics = topics;
    this.stride = rowStride(topics);
    this.words = kernels.heap.float32(count * this.stride);
    this.prior = kernels.heap.float32(this.stride);
  }

  /** `words`: per topic the probabilities of all words, none of them zero. */
  static of(kernels: Kernels, words: readonly ArrayLike<number>[], alpha: ArrayLike<number>): Mixture {
    const count = words[0]?.length ?? 0;
    const mixture = new Mixture(kernels, words.length, count);
    mixture.prior.values.set(Array.from(alpha));
    for (const [k, topic] of words.entries())
      for (let word = 0; word < count; word++) mixture.words.values[word * mixture.stride + k] = topic[word] ?? 0;
    return mixture;
  }

  /** From the content of {@link words} and {@link prior}. */
  static restore(
    kernels: Kernels,
    topics: number,
    saved: { readonly words: Float32Array; readonly prior: Float32Array },
  ): Mixture {
    const mixture = new Mixture(kernels, topics, saved.words.length / rowStride(topics));
    mixture.words.values.set(saved.words);
    mixture.prior.values.set(saved.prior);
    return mixture;
  }

  /** Shares of documents before any is known: what the prior says. To be freed by the caller. */
  weights({ byDocument, lengths }: Corpus): HeapArray<Float32Array> {
    const weights = this.#kernels.heap.float32(byDocument.rows * this.stride);
    const { values: prior } = this.prior;
    const sum = prior.reduce((whole, value) => whole + value, 0);
    for (const [document, length] of lengths.entries())
      for (let k = 0; k < this.topics; k++)
        weights.values[document * this.stride + k] = (prior[k] ?? 0) * (1 + length / sum);
    return weights;
  }

  /** Improves the shares in `steps` steps, and returns the log likelihood of all words before the last one. */
  infer({ byDocument }: Corpus, weights: HeapArray<Float32Array>, steps: number): number {
    const span = rowSpan(byDocument.rows);
    const spare = this.#kernels.heap.float32(Math.ceil(span.items / span.grain) * this.stride);
    const parts = this.#kernels.pool.parallel('lda', 'infer_documents', span, [
      byDocument.starts,
      byDocument.keys,
      byDocument.values,
      this.words.pointer,
      this.prior.pointer,
      weights.pointer,
      this.stride,
      steps,
      spare.pointer,
    ]);
    const likelihood = parts.reduce((sum, part) => sum + part, 0);
    this.#kernels.heap.free(spare.pointer);
    return likelihood;
  }

  /** Topics that fit the shares; each word counts `smoothing` times more than it occurs. */
  learnWords({ byWord }: Corpus, weights: HeapArray<Float32Array>, smoothing: number): void {
    const { heap, pool } = this.#kernels;
    const { stride, topics } = this;
    const count = byWord.rows;
    const next = heap.float32(count * stride);
    pool.parallel('lda', 'count_topics', rowSpan(count), [
      byWord.starts,
      byWord.keys,
      byWord.values,
      this.words.pointer,
      weights.pointer,
      stride,
      next.pointer,
    ]);
    const totals = new Float64Array(topics).fill(count * smoothing);
    for (let word = 0; word < count; word++)
      for (let k = 0; k < topics; k++) totals[k] = (totals[k] ?? 0) + (next.values[word * stride + k] ?? 0);
    for (let word = 0; word < count; word++)
      for (let k = 0, at = word * stride; k < topics; k++)
        this.words.values[at + k] = ((next.values[at + k] ?? 0) + smoothing) / (totals[k] ?? 1);
    heap.free(next.pointer);
  }

  /** A prior of the same sum that expects the mean of the documents' shares. */
  learnPrior(weights: HeapArray<Float32Array>, alpha0: number): void {
    const { stride, topics } = this;
    const shares = new Float64Array(topics);
    const documents = weights.values.length / stride;
    for (let at = 0; at < weights.values.length; at += stride) {
      let sum = 0;
      for (let k = 0; k < topics; k++) sum += weights.values[at + k] ?? 0;
      for (let k = 0; k < topics; k++) shares[k] = (shares[k] ?? 0) + (weights.values[at + k] ?? 0) / sum;
    }
    const scale = alpha0 / (1 + leastShare);
    for (let k = 0; k < topics; k++)
      this.prior.values[k] = scale * ((shares[k] ?? 0) / documents + leastShare / topics);
  }

  release(): void {
    this.#kernels.heap.free(this.words.pointer);
    this.#kernels.heap.free(this.prior.pointer);
  }
}
