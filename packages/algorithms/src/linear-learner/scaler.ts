/** Normalisation: features and labels of a regressor are moved to mean 0 and deviation 1, as measured on the first rows. */
import type { Batch } from '../data/batched-data.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Moments } from './moments.ts';
import type { LinearHyperparameters } from './settings.ts';

const grain = 512;

export class Scaler {
  readonly labelOffset: number;
  readonly labelFactor: number;
  readonly #kernels: Kernels;
  readonly #columns: number;
  readonly #offset: HeapArray<Float32Array>;
  readonly #factor: HeapArray<Float32Array>;

  constructor(kernels: Kernels, columns: number, moments: Moments, given: LinearHyperparameters) {
    this.#kernels = kernels;
    this.#columns = columns;
    this.#offset = kernels.heap.float32(moments.means.length);
    this.#factor = kernels.heap.float32(moments.means.length);
    const unbias = given.unbias_data === 'auto' ? given.use_bias : given.unbias_data;
    for (let column = 0; column < columns; column++) {
      const mean = moments.means[column] ?? 0;
      const factor = given.normalize_data === false ? 1 : 1 / scaleOf(mean, moments.deviations[column] ?? 0);
      if (unbias) this.#offset.values[column] = mean;
      this.#factor.values[column] = factor;
    }
    const isNumber = given.predictor_type === 'regressor';
    const { labelMean: mean, labelDeviation: deviation } = moments;
    const unbiasLabel = given.unbias_label === 'auto' ? given.use_bias : given.unbias_label;
    this.labelOffset = isNumber && unbiasLabel ? mean : 0;
    this.labelFactor = isNumber && given.normalize_label !== false ? 1 / scaleOf(mean, deviation) : 1;
  }

  /** All that it was made of: other rows give other numbers. */
  get numbers(): Float64Array {
    // Not by of(): a call has fewer arguments than a row may have columns.
    return Float64Array.from([this.labelOffset, this.labelFactor, ...this.#offset.values, ...this.#factor.values]);
  }

  /** Normalises a batch in place; with `order` its rows change places too: row i was row order[i]. */
  apply(batch: Batch, order?: Int32Array): void {
    const { heap, pool } = this.#kernels;
    const length = batch.rows * batch.stride;
    const places = order === undefined ? undefined : heap.int32(batch.rows);
    if (places !== undefined && order !== undefined) places.values.set(order);
    const target = places === undefined ? batch.values : heap.allocate(length * 4);
    pool.parallel('linear', 'scale_rows', { items: batch.rows, grain: Math.max(grain, Math.ceil(batch.rows / 8192)) }, [
      batch.values,
      target,
      places?.pointer ?? 0,
      batch.stride,
      this.#offset.pointer,
      this.#factor.pointer,
    ]);
    if (places !== undefined) {
      heap.viewFloat32(batch.values, length).set(heap.viewFloat32(target, length));
      heap.free(target);
      heap.free(places.pointer);
    }
    const labels = heap.viewFloat32(batch.labels, batch.rows);
    const before = order === undefined ? labels : labels.slice();
    for (let row = 0; row < batch.rows; row++)
      labels[row] = ((before[order?.[row] ?? row] ?? 0) - this.labelOffset) * this.labelFactor;
  }

  /** Weights (outputs × columns) and biases for features and labels as they come, of a model for normalised ones. */
  restore(weights: Float32Array, biases: Float32Array): { weights: Float32Array; biases: Float32Array } {
    const columns = this.#columns;
    const restored = new Float32Array(weights.length);
    const moved = biases.map((bias, output) => {
      let sum = bias / this.labelFactor + this.labelOffset;
      for (let column = 0; column < columns; column++) {
        const at = output * columns + column;
        const weight = ((weights[at] ?? 0) * (this.#factor.values[column] ?? 0)) / this.labelFactor;
        restored[at] = weight;
        sum -= (restored[at] ?? 0) * (this.#offset.values[column] ?? 0);
      }
      return sum;
    });
    return { weights: restored, biases: moved };
  }
}

/** A column that hardly varies is only made small: its deviation is rounding. */
function scaleOf(mean: number, deviation: number): number {
  return deviation > 1e-6 * Math.abs(mean) ? deviation : Math.max(1, Math.abs(mean));
}
