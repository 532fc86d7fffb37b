/** Leaves for losses whose best value is a quantile, as XGBoost sets them. */
import type { Collective } from '../collective/collective.ts';
import type { DataSet } from './matrix.ts';
import type { GrownTree, TreeGrower } from './tree-grower.ts';

/** Sets each leaf to `eta` times the quantile of label - margin over its rows; over hosts to the mean of their quantiles. */
export async function refitLeaves(
  grower: TreeGrower,
  { tree, leaves }: GrownTree,
  { labels, weights }: DataSet,
  margins: Float32Array,
  { quantile, eta, collective }: { readonly quantile: number; readonly eta: number; readonly collective: Collective },
): Promise<void> {
  const sums = new Float64Array(leaves.length * 2);
  for (const [index, leaf] of leaves.entries()) {
    const rows = Int32Array.from(grower.rowsOf(leaf));
    if (rows.length === 0) continue;
    const rest = Float32Array.from(rows, (row) => (labels.values[row] ?? 0) - (margins[row] ?? 0));
    sums[2 * index] =
      weights === undefined
        ? plainQuantile(rest, quantile)
        : weightedQuantile(
            rest,
            rows.map((row) => row),
            weights.values,
            quantile,
          );
    sums[2 * index + 1] = 1;
  }
  await collective.sum(sums);
  for (const [index, { id }] of leaves.entries()) {
    const hosts = sums[2 * index + 1] ?? 0;
    if (hosts > 0) tree.setValue(id, Math.fround(Math.fround((sums[2 * index] ?? 0) / hosts) * Math.fround(eta)));
  }
}

function plainQuantile(values: Float32Array, quantile: number): number {
  const sorted = values.toSorted();
  const n = sorted.length;
  if (quantile <= 1 / (n + 1)) return sorted[0] ?? 0;
  if (quantile >= n / (n + 1)) return sorted[n - 1] ?? 0;
  const place = quantile * (n + 1);
  const below = Math.floor(place) - 1;
  const [low = 0, high = 0] = [sorted[below], sorted[below + 1]];
  return low + (place - 1 - below) * (high - low);
}

function weightedQuantile(values: Float32Array, rows: Int32Array, weights: Float32Array, quantile: number): number {
  const order = Int32Array.from(values, (_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const total = rows.reduce((sum, row) => sum + (weights[row] ?? 1), 0);
  let sum = 0;
  for (const at of order) {
    sum += weights[rows[at] ?? 0] ?? 1;
    if (sum >= quantile * total) return values[at] ?? 0;
  }
  return values[order.at(-1) ?? 0] ?? 0;
}
