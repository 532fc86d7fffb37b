/** Observations of one period, by value: how often each was seen. */
export interface Observation {
  value: number;
  count: number;
}

/**
 * The `p`-th percentile (0 to 100) of observations sorted by value, interpolated linearly between neighbours as numpy does by default.
 * Undefined when there are none.
 */
export function percentile(sorted: readonly Observation[], p: number): number | undefined {
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = (p / 100) * (total - 1);
  const below = valueAt(sorted, Math.floor(rank));
  const above = valueAt(sorted, Math.ceil(rank));
  return below + (above - below) * (rank - Math.floor(rank));
}

/** The value at a position from 0, were each written as often as it was seen. */
function valueAt(sorted: readonly Observation[], position: number): number {
  let passed = 0;
  for (const { value, count } of sorted) {
    passed += count;
    if (position < passed) return value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}
