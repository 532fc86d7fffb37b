/** Mode `regular`: all products of columns in one pass, then the eigenvectors of their matrix. */
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { requireMemory } from '../program/memory.ts';
import type { BatchedData } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import type { Components } from './components.ts';
import { panelColumns } from './packed-rows.ts';
import { Scatter } from './scatter.ts';
import type { PcaContext } from './train-context.ts';
import { outOfRange, unitsOf, type Units } from './units.ts';

/** Rows that come after a stop are left out. */
export async function exactComponents(context: PcaContext, data: Pick<BatchedData, 'epoch'>): Promise<Components> {
  const { hyperparameters, kernels, collective, stopping, log } = context;
  requireCovariances(hyperparameters.feature_dim);
  const started = log.elapsed();
  let own = 0;
  let units: Units | undefined;
  let scatter: Scatter | undefined;
  for await (const batch of data.epoch()) {
    units ??= await unitsOf(kernels, batch, collective);
    scatter ??= new Scatter(kernels, units);
    scatter.add(batch);
    own += batch.rows;
    if (stopping.aborted) break;
  }
  if (units === undefined || scatter === undefined) throw new ClientError('channel train holds no rows');
  log.throughput(own, (log.elapsed() - started) / 1000);
  await scatter.share(collective);
  const { rows, sums } = scatter;
  const { origin, scales } = units;
  const centered = hyperparameters.subtract_mean;
  const mean = origin.map((value, i) => (centered ? value + (sums[i] ?? 0) / rows / (scales[i] ?? 1) : 0));
  const { matrix, order } = scatter.matrix(centered);
  scatter.release();
  const n = mean.length;
  let total = 0;
  // A sum over everything finds any number that is not finite.
  let sum = 0;
  for (let i = 0; i < n; i++) {
    total += matrix.values[i * n + i] ?? 0;
    for (let j = i; j < n; j++) sum += matrix.values[i * n + j] ?? 0;
  }
  if (!Number.isFinite(sum))
    throw outOfRange(Array.from(mean, (_, i) => matrix.values[order.indexOf(i) * (n + 1)] ?? 0));
  const count = hyperparameters.num_components;
  const { values, vectors } = symmetricEigen(kernels, matrix, n, count);
  kernels.heap.free(matrix.pointer);
  return { mean, squares: values.slice(0, count), vectors: inColumns(vectors, order), total };
}

function requireCovariances(columns: number): void {
  const width = Math.ceil(columns / panelColumns) * panelColumns;
  requireMemory({
    bytes: (width ** 2 + columns ** 2) * 8 + 2 ** 26,
    what: `algorithm_mode regular with the covariances of ${columns} features`,
    remedy: 'use algorithm_mode randomized',
  });
}

/** From the order of the matrix to that of the data. */
function inColumns(vectors: Float64Array, order: Int32Array): Float64Array {
  const n = order.length;
  const result = new Float64Array(vectors.length);
  for (let at = 0; at < vectors.length; at += n)
    for (let i = 0; i < n; i++) result[at + (order[i] ?? 0)] = vectors[at + i] ?? 0;
  return result;
}
