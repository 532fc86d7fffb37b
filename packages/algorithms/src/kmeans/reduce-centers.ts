/** After the stream: the many centers of the stream, weighted by their rows, become k. */
import type { Kernels } from '../kernels/kernels.ts';
import type { Random } from '../random.ts';
import { Centers, type WeightedRows } from './centers.ts';
import { chooseCenters, type InitMethod } from './choose-centers.ts';
import { lloyd } from './lloyd.ts';
import type { OnlineCenters } from './online-centers.ts';

export interface ReduceOptions {
  readonly k: number;
  readonly initMethod: InitMethod;
  readonly trials: number;
  readonly maxIterations: number;
  readonly tolerance: number;
  readonly random: Random;
}

/** Returns k centers in the coordinates of `online`, to be released by the caller. */
export function reduceCenters(kernels: Kernels, online: OnlineCenters, options: ReduceOptions): Centers {
  const { columns } = online.centers;
  const rows = weightedRows(kernels, online, options.k);
  const centers = new Centers(kernels, options.k, columns);
  let best: Float32Array | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < options.trials; trial++) {
    chooseCenters(options.initMethod, kernels, rows, centers, options.random, 2 + Math.floor(Math.log(options.k)));
    const { loss } = lloyd(kernels, rows, centers, options);
    if (loss >= least && best !== undefined) continue;
    least = loss;
    best = centers.values.values.slice();
  }
  if (best !== undefined) centers.values.values.set(best);
  kernels.heap.free(rows.values);
  kernels.heap.free(rows.weights);
  return centers;
}

/** Centers that no row came to are left out, unless fewer than k would remain. */
function weightedRows(kernels: Kernels, { centers, weights }: OnlineCenters, k: number): WeightedRows {
  const used = Array.from(weights.keys()).filter((center) => (weights[center] ?? 0) > 0);
  const kept = used.length >= k ? used : Array.from(weights.keys());
  const values = kernels.heap.float32(kept.length * centers.stride);
  const masses = kernels.heap.float32(kept.length);
  kept.forEach((center, row) => {
    values.values.set(centers.row(center), row * centers.stride);
    masses.values[row] = weights[center] ?? 0;
  });
  return { rows: kept.length, values: values.pointer, weights: masses.pointer };
}
