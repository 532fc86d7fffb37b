/**
 * The second moment of the words of a document: which pairs occur together. It is never formed; its strongest directions come from a few multiplications
 * with blocks of vectors, and turn it into the identity.
 */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { Directions } from '../linear-algebra/directions.ts';
import type { Random } from '../random.ts';
import type { Corpus } from './corpus.ts';
import { timesMatrix } from './times-matrix.ts';

export interface Whitening {
  /** Dimensions that there are: topics, or fewer where the documents do not tell so many apart. */
  readonly rank: number;
  /** Numbers in a row of {@link whiten}. */
  readonly stride: number;
  /** words × stride, to be freed by the caller: its transpose takes words to whitened places. */
  readonly whiten: HeapArray<Float64Array>;
  /** words × stride: takes whitened places back to words. */
  readonly unwhiten: Float64Array;
  /** How often each word is the next one: the mean of the documents' frequencies. */
  readonly frequencies: Float64Array;
}

const extraDirections = 10;
export const mostPasses = 5;
const tolerance = 1e-4;
/** Directions below this, relative to the strongest, are rounding. */
const leastValue = 1e-9;

/** Directions that are followed to find those of `topics`. */
export function followedDirections(topics: number, words: number): number {
  return Math.min(words, topics + extraDirections);
}

export function whitenWords(
  kernels: Kernels,
  corpus: Corpus,
  options: { readonly topics: number; readonly alpha0: number; readonly random: Random },
): Whitening {
  const { rows: words } = corpus.byWord;
  const moment = new SecondMoment(kernels, corpus, options.alpha0);
  const width = followedDirections(options.topics, words);
  const directions = new Directions(kernels, words, mostPasses * width);
  let block = directions.add(
    Array.from({ length: width }, () => Float64Array.from({ length: words }, () => options.random.normal())),
  );
  for (let pass = 1; block.length > 0; pass++) {
    const images = moment.times(block);
    directions.applied(images);
    if (pass === mostPasses) break;
    const { values, residuals } = directions.best(options.topics);
    if (Math.max(...residuals) <= tolerance * (values[0] ?? 0)) break;
    block = directions.add(images);
  }
  const { values, vectors } = directions.best(options.topics);
  directions.release();
  const largest = values[0] ?? 0;
  const rank = values.subarray(0, options.topics).filter((value) => value > 0 && value > leastValue * largest).length;
  const stride = Math.max(2, rank + (rank % 2));
  const whiten = kernels.heap.float64(words * stride);
  const unwhiten = new Float64Array(words * stride);
  for (let k = 0; k < rank; k++) {
    const root = Math.sqrt(values[k] ?? 1);
    for (let word = 0; word < words; word++) {
      const value = vectors[k * words + word] ?? 0;
      whiten.values[word * stride + k] = value / root;
      unwhiten[word * stride + k] = value * root;
    }
  }
  return { rank, stride, whiten, unwhiten, frequencies: moment.frequencies };
}

/** E[x₁ ⊗ x₂] - α₀ / (α₀ + 1) E[x₁] ⊗ E[x₁] for two words x₁, x₂ of one document. */
class SecondMoment {
  readonly frequencies: Float64Array;
  readonly #kernels: Kernels;
  readonly #corpus: Corpus;
  readonly #part: number;
  /** Of each document: 1 over the number of its pairs of words. */
  readonly #scales: Float64Array;
  /** Of each word: its pairs with itself in one place, which are none. */
  readonly #own: Float64Array;

  constructor(kernels: Kernels, corpus: Corpus, alpha0: number) {
    const { lengths, byWord } = corpus;
    const documents = lengths.length;
    this.#kernels = kernels;
    this.#corpus = corpus;
    this.#part = alpha0 / (alpha0 + 1);
    const pairs = lengths.filter((length) => length >= 2).length;
    this.#scales = lengths.map((length) => (length >= 2 ? 1 / (length * (length - 1)) / pairs : 0));
    const shares = lengths.map((length) => 1 / length / documents);
    this.frequencies = weightedCounts(kernels, byWord, shares);
    this.#own = weightedCounts(kernels, byWord, this.#scales);
  }

  times(block: readonly Float64Array[]): Float64Array[] {
    const { heap } = this.#kernels;
    const { byDocument, byWord } = this.#corpus;
    const stride = block.length + (block.length % 2);
    const words = byWord.rows;
    const matrix = heap.float64(words * stride);
    for (const [k, vector] of block.entries())
      for (let word = 0; word < words; word++) matrix.values[word * stride + k] = vector[word] ?? 0;
    const inDocuments = timesMatrix(this.#kernels, byDocument, this.#scales, matrix.pointer, stride);
    const inWords = timesMatrix(this.#kernels, byWord, new Float64Array(words).fill(1), inDocuments.pointer, stride);
    const images = block.map((vector, k) => {
      const along = vector.reduce((sum, value, word) => sum + value * (this.frequencies[word] ?? 0), 0);
      return vector.map(
        (value, word) =>
          (inWords.values[word * stride + k] ?? 0) -
          (this.#own[word] ?? 0) * value -
          this.#part * along * (this.frequencies[word] ?? 0),
      );
    });
    for (const { pointer } of [matrix, inDocuments, inWords]) heap.free(pointer);
    return images;
  }
}

/** Per word: the sum over documents of count × weight of the document. */
export function weightedCounts(kernels: Kernels, byWord: Corpus['byWord'], weights: Float64Array): Float64Array {
  const starts = kernels.heap.viewInt32(byWord.starts, byWord.rows + 1);
  const entries = starts[byWord.rows] ?? 0;
  const keys = kernels.heap.viewInt32(byWord.keys, entries);
  const values = kernels.heap.viewFloat32(byWord.values, entries);
  return Float64Array.from({ length: byWord.rows }, (_, word) => {
    let sum = 0;
    for (let e = starts[word] ?? 0; e < (starts[word + 1] ?? 0); e++)
      sum += (values[e] ?? 0) * (weights[keys[e] ?? 0] ?? 0);
    return sum;
  });
}
