/** An orthonormal set of directions that grows block by block, and what a symmetric matrix makes of each. */

/** A vector that loses this much to the directions before it was one of theirs but for rounding. */
const leastPart = 1e-10;

export class Directions {
  readonly #columns: number;
  readonly #vectors: Float64Array[] = [];
  readonly #images: Float64Array[] = [];

  constructor(columns: number) {
    this.#columns = columns;
  }

  get count(): number {
    return this.#vectors.length;
  }

  /** Adds what of the vectors is new, made orthonormal, and returns it. */
  add(vectors: readonly Float64Array[]): Float64Array[] {
    const added: Float64Array[] = [];
    for (const vector of vectors) {
      if (this.#vectors.length === this.#columns) break;
      const rest = vector.slice();
      const length = norm(rest);
      // Once is not enough for orthogonality to the last digit, twice is.
      for (let turn = 0; turn < 2; turn++) for (const other of this.#vectors) subtract(rest, other, dot(rest, other));
      const left = norm(rest);
      if (!(left > leastPart * length)) continue;
      for (let i = 0; i < rest.length; i++) rest[i] = (rest[i] ?? 0) / left;
      this.#vectors.push(rest);
      added.push(rest);
    }
    return added;
  }

  /** What the matrix makes of the directions that were added last. */
  applied(images: readonly Float64Array[]): void {
    this.#images.push(...images);
  }

  /** The matrix as seen within the directions: count × count numbers. */
  products(): Float64Array {
    const n = this.count;
    const products = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const a = dot(this.#vectors[i] ?? products, this.#images[j] ?? products);
        const b = dot(this.#vectors[j] ?? products, this.#images[i] ?? products);
        products[i * n + j] = products[j * n + i] = (a + b) / 2;
      }
    return products;
  }

  /** Vectors from their coordinates within the directions, and the longest difference between what the matrix makes of one and `values` times it. */
  combine(
    coordinates: Float64Array,
    values: Float64Array,
  ): { readonly combined: Float64Array; readonly residual: number } {
    const n = this.count;
    const columns = this.#columns;
    const combined = new Float64Array(values.length * columns);
    let residual = 0;
    for (const [k, value] of values.entries()) {
      const vector = combined.subarray(k * columns, (k + 1) * columns);
      const image = new Float64Array(columns);
      for (let i = 0; i < n; i++) {
        const part = -(coordinates[k * n + i] ?? 0);
        subtract(vector, this.#vectors[i] ?? vector, part);
        subtract(image, this.#images[i] ?? vector, part);
      }
      subtract(image, vector, value);
      residual = Math.max(residual, norm(image));
    }
    return { combined, residual };
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

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}
