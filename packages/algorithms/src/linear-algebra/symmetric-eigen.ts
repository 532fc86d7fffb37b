/**
 * Eigenvalues and some eigenvectors of a symmetric matrix: Householder's reduction to tridiagonal form in panels (Dongarra, Sorensen and Hammarling:
 * Block reduction of matrices to condensed forms, 1989), then {@link tridiagonalEigen}, then the way back.
 */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { tridiagonalEigen } from './tridiagonal-eigen.ts';

export interface EigenPairs {
  /** All of them, the largest first. */
  readonly values: Float64Array;
  /** The vectors of the `count` largest, one after another, n numbers each. */
  readonly vectors: Float64Array;
}

/** Columns that are reduced before the rest of the matrix follows. */
const panelColumns = 32;
/** Numbers that are worth a block of their own. */
const blockNumbers = 65_536;
/** Parts that a product is cut into. */
const mostParts = 16;

/**
 * `matrix`: n × n numbers in kernel memory, of which those on and right of the diagonal are read; it is overwritten. Graded matrices keep their small eigenvalues best with the large columns first.
 * Independent of the number of threads.
 */
export function symmetricEigen(
  kernels: Kernels,
  matrix: HeapArray<Float64Array>,
  n: number,
  count: number,
): EigenPairs {
  const reduction = new Reduction(kernels, matrix, n);
  reduction.run();
  const pairs = tridiagonalEigen(reduction.diagonal, reduction.besides, count);
  const vectors = reduction.back(pairs.vectors, count);
  reduction.release();
  return { values: pairs.values, vectors };
}

class Reduction {
  readonly diagonal: Float64Array;
  /** Beside the diagonal: n - 1 numbers. */
  readonly besides: Float64Array;
  readonly #kernels: Kernels;
  readonly #matrix: HeapArray<Float64Array>;
  readonly #n: number;
  /** Reflections I - factor r rᵀ; r stays in the row of the matrix that it has cleared. */
  readonly #factors: HeapArray<Float64Array>;
  /** Panels of vectors: the matrix lacks `v wᵀ + w vᵀ` of each pair. */
  readonly #v: HeapArray<Float64Array>;
  readonly #w: HeapArray<Float64Array>;
  /** The matrix times a vector, by parts of the matrix; their sum is the first. */
  readonly #products: HeapArray<Float64Array>;

  constructor(kernels: Kernels, matrix: HeapArray<Float64Array>, n: number) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#matrix = matrix;
    this.#n = n;
    this.diagonal = new Float64Array(n);
    this.besides = new Float64Array(Math.max(0, n - 1));
    this.#factors = heap.float64(n);
    this.#v = heap.float64(panelColumns * n);
    this.#w = heap.float64(panelColumns * n);
    this.#products = heap.float64(mostParts * n);
  }

  run(): void {
    const n = this.#n;
    const { values } = this.#matrix;
    for (let start = 0; start < n - 2; start += panelColumns) {
      const count = Math.min(panelColumns, n - 2 - start);
      for (let pair = 0; pair < count; pair++) this.#reduceColumn(start, pair);
      const from = start + count;
      const grain = Math.max(2, 2 * Math.ceil(blockNumbers / (n - from) / count / 2));
      this.#kernels.pool.parallel('symmetric', 'subtract_pairs', { items: n - from, grain }, [
        this.#matrix.pointer,
        n,
        from,
        this.#v.pointer,
        this.#w.pointer,
        count,
      ]);
    }
    for (let i = Math.max(0, n - 2); i < n; i++) this.diagonal[i] = values[i * n + i] ?? 0;
    if (n > 1) this.besides[n - 2] = values[(n - 2) * n + n - 1] ?? 0;
  }

  /** From vectors of the tridiagonal matrix to those of the matrix itself. */
  back(vectors: Float64Array, count: number): Float64Array {
    const { heap, pool } = this.#kernels;
    const n = this.#n;
    const moved = heap.float64(Math.max(1, count * n));
    moved.values.set(vectors);
    pool.parallel('symmetric', 'reflect', { items: count, grain: 8 }, [
      this.#matrix.pointer,
      n,
      this.#factors.pointer,
      moved.pointer,
    ]);
    const result = moved.values.slice(0, count * n);
    heap.free(moved.pointer);
    return result;
  }

  release(): void {
    for (const { pointer } of [this.#factors, this.#v, this.#w, this.#products]) this.#kernels.heap.free(pointer);
  }

  #reduceColumn(start: number, pair: number): void {
    const n = this.#n;
    const column = start + pair;
    const { pool } = this.#kernels;
    const { pointer: matrix, values } = this.#matrix;
    const row = values.subarray(column * n, (column + 1) * n);
    const [v, w] = [this.#v, this.#w];
    // The panel's pairs so far are not yet subtracted from the matrix.
    pool.call('symmetric', 'subtract_pairs', [matrix, n, column, v.pointer, w.pointer, pair, 0, 1, 0]);
    this.diagonal[column] = row[column] ?? 0;
    const from = column + 1;
    const { beside, factor } = reflection(row, from);
    this.besides[column] = beside;
    this.#factors.values[column] = factor;
    const own = v.values.subarray(pair * n, (pair + 1) * n).fill(0);
    const pairOf = w.values.subarray(pair * n, (pair + 1) * n).fill(0);
    if (factor === 0) return;
    own.set(row.subarray(from), from);

    const product = this.#products.values;
    const parts = Math.max(1, Math.min(mostParts, Math.floor((n - from) ** 2 / 2 / blockNumbers)));
    const vector = v.pointer + pair * n * 8;
    const sums = this.#products.pointer;
    pool.parallel('symmetric', 'symmetric_times', { items: parts, grain: 1 }, [matrix, n, from, vector, parts, sums]);
    if (parts > 1) pool.call('symmetric', 'add_parts', [sums, n, from, parts]);
    pool.call('symmetric', 'subtract_from_product', [v.pointer, w.pointer, pair, n, from, vector, sums]);
    let along = 0;
    for (let i = from; i < n; i++) along += (product[i] ?? 0) * (own[i] ?? 0);
    const correction = (factor * factor * along) / 2;
    for (let i = from; i < n; i++) pairOf[i] = factor * (product[i] ?? 0) - correction * (own[i] ?? 0);
  }
}

/** Replaces the places of `row` from `from` on by the vector of the reflection that clears them but for the first, which becomes `beside`. */
function reflection(row: Float64Array, from: number): { readonly beside: number; readonly factor: number } {
  let largest = 0;
  for (let i = from; i < row.length; i++) largest = Math.max(largest, Math.abs(row[i] ?? 0));
  const first = row[from] ?? 0;
  if (largest === Math.abs(first) && row.subarray(from + 1).every((value) => value === 0))
    return { beside: first, factor: 0 };
  let sum = 0;
  for (let i = from; i < row.length; i++) sum += ((row[i] ?? 0) / largest) ** 2;
  const norm = largest * Math.sqrt(sum);
  const beside = first > 0 ? -norm : norm;
  // Divided by its first number, the vector begins with 1.
  const head = first - beside;
  for (let i = from + 1; i < row.length; i++) row[i] = (row[i] ?? 0) / head;
  row[from] = 1;
  return { beside, factor: -head / beside };
}
