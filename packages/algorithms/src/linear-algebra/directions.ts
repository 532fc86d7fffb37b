/** An orthonormal set of directions that grows block by block, and what a symmetric matrix makes of each. */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

/** A vector that loses this much to the directions before it was one of theirs but for rounding. */
const leastPart = 1e-10;
/** Vectors that are worth a block of their own. */
const grain = 4;

export class Directions {
  readonly #kernels: Kernels;
  readonly #length: number;
  readonly #most: number;
  #count = 0;
  #applied = 0;
  readonly #vectors: HeapArray<Float64Array>;
  readonly #images: HeapArray<Float64Array>;
  /** The matrix as seen within the directions: rows of {@link most} numbers, one per image. */
  readonly #products: Float64Array;

  /** `length`: numbers in a direction; `most`: how many there may be. */
  constructor(kernels: Kernels, length: number, most: number) {
    this.#kernels = kernels;
    this.#length = length;
    this.#most = Math.min(most, length);
    this.#vectors = kernels.heap.float64(this.#most * length);
    this.#images = kernels.heap.float64(this.#most * length);
    this.#products = new Float64Array(this.#most ** 2);
  }

  get count(): number {
    return this.#count;
  }

  /** Adds what of the vectors is new, made orthonormal, and returns it. */
  add(vectors: readonly Float64Array[]): Float64Array[] {
    const { heap } = this.#kernels;
    const rests = heap.float64(Math.max(1, vectors.length * this.#length));
    vectors.forEach((vector, index) => rests.values.set(vector, index * this.#length));
    // Once is not enough for orthogonality to the last digit, twice is.
    for (let turn = 0; turn < 2; turn++) this.#removeFrom(rests.pointer, vectors.length);
    const before = this.#count;
    for (const [index, vector] of vectors.entries()) {
      if (this.#count === this.#most) break;
      const rest = rests.values.subarray(index * this.#length, (index + 1) * this.#length);
      for (let turn = 0; turn < 2; turn++)
        for (let k = before; k < this.#count; k++) subtract(rest, this.#vector(k), dot(rest, this.#vector(k)));
      const left = Math.sqrt(dot(rest, rest));
      if (!(left > leastPart * Math.sqrt(dot(vector, vector)))) continue;
      this.#vector(this.#count++).set(rest.map((value) => value / left));
    }
    heap.free(rests.pointer);
    return Array.from({ length: this.#count - before }, (_, index) => this.#vector(before + index).slice());
  }

  /** What the matrix makes of the directions that were added last. */
  applied(images: readonly Float64Array[]): void {
    const { heap, pool } = this.#kernels;
    const n = this.#count;
    const from = this.#applied;
    images.forEach((image, index) => this.#images.values.set(image, (from + index) * this.#length));
    this.#applied += images.length;
    const products = heap.float64(Math.max(1, images.length * n));
    pool.parallel('symmetric', 'row_products', { items: images.length, grain }, [
      this.#images.pointer + from * this.#length * 8,
      this.#vectors.pointer,
      n,
      this.#length,
      products.pointer,
    ]);
    for (let i = 0; i < images.length; i++)
      this.#products.set(products.values.subarray(i * n, (i + 1) * n), (from + i) * this.#most);
    heap.free(products.pointer);
  }

  /**
   * The eigenvectors of the matrix as seen within the directions (Rayleigh and Ritz): all values, `count` vectors one after another; and the length of
   * what each vector lacks to be one of the matrix itself.
   */
  best(count: number): {
    readonly values: Float64Array;
    readonly vectors: Float64Array;
    readonly residuals: Float64Array;
  } {
    const { heap } = this.#kernels;
    const n = this.#count;
    const matrix = heap.float64(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        // The later image knows all directions before it.
        const product = this.#products[i * this.#most + j] ?? 0;
        matrix.values[j * n + i] = product;
      }
    const { values, vectors: coordinates } = symmetricEigen(this.#kernels, matrix, n, count);
    heap.free(matrix.pointer);
    const vectors = this.#combine(coordinates, this.#vectors.pointer, count);
    const images = this.#combine(coordinates, this.#images.pointer, count);
    const residuals = values.slice(0, count).map((value, k) => {
      const image = images.subarray(k * this.#length, (k + 1) * this.#length);
      subtract(image, vectors.subarray(k * this.#length, (k + 1) * this.#length), value);
      return Math.sqrt(dot(image, image));
    });
    return { values, vectors, residuals };
  }

  release(): void {
    this.#kernels.heap.free(this.#vectors.pointer);
    this.#kernels.heap.free(this.#images.pointer);
  }

  #vector(index: number): Float64Array {
    return this.#vectors.values.subarray(index * this.#length, (index + 1) * this.#length);
  }

  #removeFrom(rests: number, count: number): void {
    const { heap, pool } = this.#kernels;
    const n = this.#count;
    if (n === 0) return;
    const factors = heap.float64(count * n);
    const span = { items: count, grain };
    pool.parallel('symmetric', 'row_products', span, [rests, this.#vectors.pointer, n, this.#length, factors.pointer]);
    for (let i = 0; i < count * n; i++) factors.values[i] = -(factors.values[i] ?? 0);
    pool.parallel('symmetric', 'add_rows', span, [rests, factors.pointer, this.#vectors.pointer, n, this.#length]);
    heap.free(factors.pointer);
  }

  #combine(coordinates: Float64Array, vectors: number, count: number): Float64Array {
    const { heap, pool } = this.#kernels;
    const factors = heap.float64(coordinates.length);
    factors.values.set(coordinates);
    const combined = heap.float64(count * this.#length);
    pool.parallel('symmetric', 'add_rows', { items: count, grain }, [
      combined.pointer,
      factors.pointer,
      vectors,
      this.#count,
      this.#length,
    ]);
    const result = combined.values.slice();
    heap.free(factors.pointer);
    heap.free(combined.pointer);
    return result;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function subtract(from: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i] = (from[i] ?? 0) - factor * (vector[i] ?? 0);
}
