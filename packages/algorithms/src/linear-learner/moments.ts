/** Means and deviations of columns and labels on the first rows of all hosts. */
import type { Collective } from '../collective/collective.ts';
import type { Batch } from '../data/batched-data.ts';
import type { Kernels } from '../kernels/kernels.ts';

export interface Moments {
  /** By column, padded with zeros. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  readonly labelMean: number;
  readonly labelDeviation: number;
}

/** `first`: rows of this host as they stand in the data. All hosts get the same. */
export async function measureMoments(kernels: Kernels, collective: Collective, first: Batch): Promise<Moments> {
  const labels = kernels.heap.viewFloat32(first.labels, first.rows);
  const heads = Float64Array.of(
    first.rows,
    labels.reduce((sum, label) => sum + label, 0),
  );
  const sums = columnSums(kernels, first, undefined);
  await collective.sum(heads);
  await collective.sum(sums);
  const [rows = 0, labelSum = 0] = heads;
  const means = sums.map((sum) => sum / rows);
  const labelMean = labelSum / rows;
  const squares = columnSums(kernels, first, means);
  const labelSquares = Float64Array.of(labels.reduce((sum, label) => sum + (label - labelMean) ** 2, 0));
  await collective.sum(squares);
  await collective.sum(labelSquares);
  return {
    means,
    deviations: squares.map((sum) => Math.sqrt(sum / rows)),
    labelMean,
    labelDeviation: Math.sqrt((labelSquares[0] ?? 0) / rows),
  };
}

/** Sums of the columns or, with `centers`, of their squared distances to these. */
function columnSums(
  { heap, pool }: Kernels,
  { values, stride, rows }: Batch,
  centers: Float64Array | undefined,
): Float64Array {
  const sums = heap.float64(stride);
  const places = centers && heap.float64(stride);
  if (places !== undefined && centers !== undefined) places.values.set(centers);
  const groups = stride / 4;
  const span = { items: groups, grain: Math.max(1, Math.ceil(groups / 64)) };
  pool.parallel('linear', 'column_sums', span, [values, stride, rows, places?.pointer ?? 0, sums.pointer]);
  const result = sums.values.slice();
  heap.free(sums.pointer);
  if (places !== undefined) heap.free(places.pointer);
  return result;
}
