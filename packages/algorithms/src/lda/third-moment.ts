/** The third moment of the words of a document, in whitened places, where it is small: rank × rank × rank numbers. */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Corpus } from './corpus.ts';
import { timesMatrix } from './times-matrix.ts';
import { weightedCounts, type Whitening } from './whitening.ts';

export interface ThirdMoment {
  /** rank × rank rows of the whitening's stride; to be freed by the caller. */
  readonly tensor: HeapArray<Float64Array>;
  /** Documents in whitened places, documents × stride; to be freed by the caller. */
  readonly places: HeapArray<Float64Array>;
}

/** E[x₁ ⊗ x₂ ⊗ x₃] less what the prior explains (Anandkumar et al. 2014, theorem 3.5), whitened. */
export function thirdMoment(kernels: Kernels, corpus: Corpus, whitening: Whitening, alpha0: number): ThirdMoment {
  const { heap, pool } = kernels;
  const { byDocument, byWord, lengths } = corpus;
  const { rank, stride, whiten } = whitening;
  const triples = Math.max(1, lengths.filter((length) => length >= 3).length);
  const scales = lengths.map((length) => (length >= 3 ? 1 / (length * (length - 1) * (length - 2)) / triples : 0));
  const ones = new Float64Array(lengths.length).fill(1);
  const places = timesMatrix(kernels, byDocument, ones, whiten.pointer, stride);
  const tensor = heap.float64(rank * rank * stride);
  const add = (x: number, y: number, factors: Float64Array): void => {
    const weights = heap.float64(factors.length);
    weights.values.set(factors);
    pool.parallel('lda', 'add_thirds', { items: rank, grain: 1 }, [
      x,
      y,
      weights.pointer,
      factors.length,
      rank,
      stride,
      tensor.pointer,
    ]);
    heap.free(weights.pointer);
  };
  add(places.pointer, 0, scales);
  // Triples in which a place of the document is taken twice are none: less those of two equal places, plus twice those of three.
  const scaled = timesMatrix(kernels, byDocument, scales, whiten.pointer, stride);
  const twice = timesMatrix(kernels, byWord, new Float64Array(byWord.rows).fill(-1), scaled.pointer, stride);
  const thrice = weightedCounts(kernels, byWord, scales).map((sum) => 2 * sum);
  add(whiten.pointer, twice.pointer, thrice);
  heap.free(scaled.pointer);
  heap.free(twice.pointer);
  mirror(tensor.values, rank, stride, priorPart(whitening, alpha0));
  return { tensor, places };
}

/** -α₀ / (α₀ + 2) of the second moment with the first in all three orders, and 2 α₀² / ((α₀ + 1) (α₀ + 2)) of the first thrice. */
function priorPart(
  { rank, stride, whiten, frequencies }: Whitening,
  alpha0: number,
): (i: number, j: number, l: number) => number {
  const first = Float64Array.from({ length: rank }, (_, k) =>
    frequencies.reduce((sum, frequency, word) => sum + frequency * (whiten.values[word * stride + k] ?? 0), 0),
  );
  const mixed = alpha0 / (alpha0 + 2);
  // The second moment without the prior's part is the identity plus α₀ / (α₀ + 1) of the first twice.
  const cubic = (2 * alpha0 ** 2) / ((alpha0 + 1) * (alpha0 + 2)) - (3 * mixed * alpha0) / (alpha0 + 1);
  return (i, j, l) => {
    const [a, b, c] = [first[i] ?? 0, first[j] ?? 0, first[l] ?? 0];
    return cubic * a * b * c - mixed * ((i === j ? c : 0) + (i === l ? b : 0) + (j === l ? a : 0));
  };
}

/** Adds `part`, and copies the numbers with i <= j <= l to all places of the same three indices. */
function mirror(
  tensor: Float64Array,
  rank: number,
  stride: number,
  part: (i: number, j: number, l: number) => number,
): void {
  const place = (i: number, j: number, l: number): number => (i * rank + j) * stride + l;
  for (let i = 0; i < rank; i++)
    for (let j = i; j < rank; j++)
      for (let l = j; l < rank; l++) {
        const value = (tensor[place(i, j, l)] ?? 0) + part(i, j, l);
        tensor[place(i, j, l)] = tensor[place(i, l, j)] = tensor[place(j, i, l)] = value;
        tensor[place(j, l, i)] = tensor[place(l, i, j)] = tensor[place(l, j, i)] = value;
      }
  // Numbers beyond the rank may have been written by whole vectors.
  for (let row = 0; row < rank * rank; row++) tensor.fill(0, row * stride + rank, (row + 1) * stride);
}
