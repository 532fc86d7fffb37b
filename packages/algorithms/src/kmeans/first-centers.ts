/** The first centers, from the first rows of all hosts. */
import type { Batch } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import { Random } from '../random.ts';
import { OnlineCenters } from './online-centers.ts';
import type { KMeansContext } from './train-context.ts';

export interface FirstCentersOptions {
  /** Centers, if there are as many rows. */
  readonly wanted: number;
  /** Rows of all hosts together to choose from, if there are as many. */
  readonly rows: number;
}

/** `batch`: the first of this host, not yet shifted. The same centers on all hosts. */
export async function firstCenters(
  context: KMeansContext,
  batch: Batch,
  { wanted, rows }: FirstCentersOptions,
): Promise<OnlineCenters> {
  const { hyperparameters, kernels, collective, seed } = context;
  const pool = collective.size === 1 ? batch : await gatherRows(context, batch, rows);
  if (pool.rows < hyperparameters.k)
    throw new ClientError(
      `channel train has ${pool.rows} rows${collective.size > 1 ? ' on all hosts' : ''}, fewer than k=${hyperparameters.k} clusters`,
    );
  const centers = new OnlineCenters(kernels, pool, {
    count: Math.min(wanted, pool.rows),
    initMethod: hyperparameters.init_method,
    halfLife: hyperparameters.half_life_time_size,
    random: new Random(seed, 1),
  });
  if (pool !== batch) kernels.heap.free(pool.values);
  return centers;
}

/** Rows of every host, in the order of the hosts: as many of each, as far as it has them, and at least `wanted` in all, as far as there are. */
async function gatherRows({ kernels, collective, seed }: KMeansContext, batch: Batch, wanted: number): Promise<Batch> {
  const { stride } = batch;
  const counts = (await collective.gather(new Uint8Array(Float64Array.of(batch.rows).buffer))).map(
    (bytes) => new Float64Array(new Uint8Array(bytes).buffer)[0] ?? 0,
  );
  const given = (most: number): number => counts.reduce((sum, count) => sum + Math.min(count, most), 0);
  let share = Math.ceil(wanted / counts.length);
  while (given(share) < wanted && share < Math.max(...counts)) share *= 2;
  // Anywhere in the batch: data are often sorted.
  const random = new Random(seed, 3 + collective.rank);
  const own = new Float32Array(Math.min(batch.rows, share) * stride);
  const values = kernels.heap.viewFloat32(batch.values, batch.rows * stride);
  random
    .sample(own.length / stride, batch.rows)
    .forEach((row, place) => own.set(values.subarray(row * stride, (row + 1) * stride), place * stride));
  const gathered = await collective.gather(new Uint8Array(own.buffer));
  const pool = kernels.heap.float32(given(share) * stride);
  let filled = 0;
  for (const bytes of gathered) {
    const rows = new Float32Array(new Uint8Array(bytes).buffer);
    pool.values.set(rows, filled);
    filled += rows.length;
  }
  return { rows: given(share), columns: batch.columns, stride, labelSize: 0, values: pool.pointer, labels: 0 };
}
