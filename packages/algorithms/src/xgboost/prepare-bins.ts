/** Rows in the form that trees grow on, by the tree method. */
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { requireMemory } from '../program/memory.ts';
import { binMatrix, type BinnedMatrix } from './binned-matrix.ts';
import { countCategories } from './categories.ts';
import { freeMatrix, type Matrix } from './matrix.ts';
import { findCuts, mostDenseBins } from './quantile-cuts.ts';
import { toDense, toSparse } from './matrix-forms.ts';
import type { TreeSettings } from './tree-settings.ts';

/** Sparse rows with this share of their values there are faster as dense ones. */
const denseShare = 0.25;

/** Bytes for where a feature's entries, cuts and bins begin. */
const perColumn = 64;

/** `weights`: per row, in kernel memory; 0 for none. */
export async function prepareBins(
  kernels: Kernels,
  matrix: Matrix,
  collective: Collective,
  { method, maxBin, categorical }: Pick<TreeSettings, 'method' | 'maxBin' | 'categorical'>,
  weights: number,
): Promise<BinnedMatrix> {
  const categories = await countCategories(matrix, categorical, collective);
  const bytesWide = method !== 'exact' && maxBin <= mostDenseBins && categories.every((count) => count < mostDenseBins);
  const entries = matrix.kind === 'sparse' ? (matrix.starts.values[matrix.rows] ?? 0) : matrix.rows * matrix.columns;
  const sums = Float64Array.of(entries, matrix.rows * matrix.columns);
  await collective.sum(sums);
  const dense = bytesWide && (sums[0] ?? 0) >= denseShare * (sums[1] ?? 0);
  requireMemory({
    bytes:
      kernels.heap.bytesInUse +
      matrix.columns * perColumn +
      (dense ? matrix.rows * matrix.columns * (matrix.kind === 'dense' ? 2.3 : 6.3) : entries * 12),
    what: `training on ${matrix.rows} rows with ${matrix.columns} features, which are held in memory beside their bins,`,
    remedy: 'use more hosts with ShardedByS3Key, fewer rows or fewer features',
  });
  const formed = dense ? toDense(kernels, matrix) : toSparse(kernels, matrix);
  const cuts = await findCuts(kernels, formed, collective, {
    maxBin: method === 'exact' ? Number.POSITIVE_INFINITY : maxBin,
    weights,
    categories,
  });
  const binned = binMatrix(kernels, formed, cuts);
  if (formed !== matrix) freeMatrix(kernels, formed);
  return binned;
}
