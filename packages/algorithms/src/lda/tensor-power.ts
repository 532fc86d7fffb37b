/** The robust tensor power method (Anandkumar et al. 2014, section 5): the components of a symmetric tensor of orthogonal parts, the strongest first. */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Random } from '../random.ts';

export interface TensorOptions {
  readonly restarts: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly random: Random;
  /** A vector to start from, of k numbers; half of the starts are such ones, the others random. */
  readonly likely: () => Float64Array;
}

export interface TensorComponent {
  readonly weight: number;
  /** A unit vector of k numbers. */
  readonly vector: Float64Array;
}

/** After this many steps from every start only the best one goes on. */
const firstSteps = 10;
/** Tensor slices that are worth a block of their own. */
const blockNumbers = 32_768;

/** `tensor`: k × k rows of `stride` numbers; what is left of it afterwards is what no component explains. */
export function decompose(
  kernels: Kernels,
  tensor: HeapArray<Float64Array>,
  k: number,
  stride: number,
  options: TensorOptions,
): TensorComponent[] {
  const power = new Power(kernels, tensor, k, stride, options.restarts);
  const found: TensorComponent[] = [];
  while (found.length < k) {
    power.start(options);
    for (let step = 0; step < Math.min(firstSteps, options.maxIterations); step++) power.step(options.restarts);
    const best = power.keepBest(options.restarts);
    let weight = best;
    for (let step = firstSteps; step < options.maxIterations; step++) {
      const { moved, weight: stretched } = power.step(1);
      weight = stretched;
      if (moved <= options.tolerance) break;
    }
    const vector = power.vector(0).slice(0, k);
    found.push({ weight, vector });
    power.deflate(weight, vector);
  }
  power.release();
  return found;
}

class Power {
  readonly #kernels: Kernels;
  readonly #tensor: HeapArray<Float64Array>;
  readonly #k: number;
  readonly #stride: number;
  readonly #vectors: HeapArray<Float64Array>;
  readonly #images: HeapArray<Float64Array>;

  constructor(kernels: Kernels, tensor: HeapArray<Float64Array>, k: number, stride: number, restarts: number) {
    this.#kernels = kernels;
    this.#tensor = tensor;
    this.#k = k;
    this.#stride = stride;
    this.#vectors = kernels.heap.float64(restarts * stride);
    this.#images = kernels.heap.float64(restarts * stride);
  }

  vector(index: number): Float64Array {
    return this.#vectors.values.subarray(index * this.#stride, (index + 1) * this.#stride);
  }

  start({ restarts, random, likely }: TensorOptions): void {
    for (let index = 0; index < restarts; index++) {
      const start = index % 2 === 0 ? likely() : Float64Array.from({ length: this.#k }, () => random.normal());
      this.vector(index).set(start);
      normalise(this.vector(index));
    }
  }

  /** v becomes T(I, v, v), of length 1; tells of the first vector how far it moved and how much it was stretched. */
  step(count: number): { readonly moved: number; readonly weight: number } {
    this.#contract(count);
    let moved = 0;
    let weight = 0;
    for (let index = 0; index < count; index++) {
      const [vector, image] = [this.vector(index), this.#image(index)];
      const length = normalise(image);
      if (index === 0) {
        weight = length;
        moved = length > 0 ? Math.hypot(...vector.map((value, i) => value - (image[i] ?? 0))) : 0;
      }
      // A vector that the tensor takes to nothing stays as it is.
      if (length > 0) vector.set(image);
    }
    return { moved, weight };
  }

  /** Moves the vector with the largest T(v, v, v) to the first place, and returns that. */
  keepBest(count: number): number {
    this.#contract(count);
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < count; index++) {
      const image = this.#image(index);
      const value = this.vector(index).reduce((sum, part, i) => sum + part * (image[i] ?? 0), 0);
      if (!(value > most)) continue;
      [best, most] = [index, value];
    }
    this.vector(0).set(this.vector(best));
    return most;
  }

  deflate(weight: number, vector: Float64Array): void {
    const { values } = this.#tensor;
    const k = this.#k;
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const factor = weight * (vector[i] ?? 0) * (vector[j] ?? 0);
        const row = (i * k + j) * this.#stride;
        for (let l = 0; l < k; l++) values[row + l] = (values[row + l] ?? 0) - factor * (vector[l] ?? 0);
      }
  }

  release(): void {
    this.#kernels.heap.free(this.#vectors.pointer);
    this.#kernels.heap.free(this.#images.pointer);
  }

  #image(index: number): Float64Array {
    return this.#images.values.subarray(index * this.#stride, (index + 1) * this.#stride);
  }

  #contract(count: number): void {
    const grain = Math.ceil(blockNumbers / (this.#k * this.#stride * count));
    this.#kernels.pool.parallel('lda', 'contract', { items: this.#k, grain }, [
      this.#tensor.pointer,
      this.#k,
      this.#stride,
      this.#vectors.pointer,
      count,
      this.#images.pointer,
    ]);
  }
}

/** Returns the length that the vector had. */
function normalise(vector: Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return length;
}
