/** Centers that follow a stream of batches: each moves towards the mean of its new rows by their share of all its rows. */
import type { Batch } from '../data/batched-data.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Random } from '../random.ts';
import { Centers } from './centers.ts';
import { chooseCenters, type InitMethod } from './choose-centers.ts';

export interface OnlineOptions {
  readonly count: number;
  readonly initMethod: InitMethod;
  /** In rows; 0 for none. */
  readonly halfLife: number;
  readonly random: Random;
}

export class OnlineCenters {
  readonly centers: Centers;
  /** Rows that each center stands for, older ones counting less under a half-life. */
  readonly weights: Float64Array;
  /** Subtracted from every row, so that numbers far from zero lose no digits in 32 bits. */
  readonly origin: HeapArray<Float32Array>;
  readonly #kernels: Kernels;
  readonly #halfLife: number;
  readonly #exact: Float64Array;

  /** `first`: the rows to choose the centers from, not yet shifted. */
  constructor(kernels: Kernels, first: Batch, options: OnlineOptions) {
    this.#kernels = kernels;
    this.#halfLife = options.halfLife;
    this.weights = new Float64Array(options.count);
    this.origin = kernels.heap.float32(first.stride);
    this.origin.values.set(meanRow(kernels, first));
    this.centers = new Centers(kernels, options.count, first.columns);
    chooseCenters(options.initMethod, kernels, { ...first, weights: 0 }, this.centers, options.random);
    const { values } = this.centers.values;
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) - (this.origin.values[i % first.stride] ?? 0);
    this.centers.pack();
    this.#exact = Float64Array.from(values);
  }

  /** Moves the rows of a fresh batch to the origin of the centers. */
  shift(batch: Batch): void {
    this.#kernels.pool.parallel('kmeans', 'subtract_origin', { items: batch.rows, grain: 2048 }, [
      batch.values,
      batch.stride,
      this.origin.pointer,
    ]);
  }

  /** Learns a shifted batch and returns its sum of squared distances. */
  update(batch: Batch): number {
    const loss = this.collect(batch);
    this.move(batch.rows, this.centers.sums.values, this.centers.totals.values);
    return loss;
  }

  /** The first half of an update: finds the sums and totals of the centers for a shifted batch, and returns its sum of squared distances. */
  collect(batch: Batch): number {
    const labels = this.#kernels.heap.allocate(batch.rows * 4);
    const loss = this.centers.assign({ ...batch, weights: 0 }, labels, true);
    this.#kernels.heap.free(labels);
    return loss;
  }

  /** The second half: so many rows with these sums and totals per center are learnt. */
  move(rows: number, sums: Float64Array, totals: Float64Array): void {
    const { values, stride } = this.centers;
    const fading = this.#halfLife === 0 ? 1 : 0.5 ** (rows / this.#halfLife);
    for (let center = 0; center < this.centers.count; center++) {
      const before = (this.weights[center] ?? 0) * fading;
      const added = totals[center] ?? 0;
      this.weights[center] = before + added;
      if (added === 0) continue;
      const share = added / (before + added);
      for (let i = center * stride; i < (center + 1) * stride; i++) {
        const moved = (1 - share) * (this.#exact[i] ?? 0) + (share * (sums[i] ?? 0)) / added;
        this.#exact[i] = moved;
        values.values[i] = moved;
      }
    }
    this.centers.pack();
  }
}

function meanRow(kernels: Kernels, batch: Batch): Float64Array {
  const mean = new Float64Array(batch.stride);
  const values = kernels.heap.viewFloat32(batch.values, batch.rows * batch.stride);
  for (let i = 0; i < values.length; i++)
    mean[i % batch.stride] = (mean[i % batch.stride] ?? 0) + (values[i] ?? 0) / batch.rows;
  return mean;
}
