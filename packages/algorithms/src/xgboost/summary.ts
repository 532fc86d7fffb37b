/** A few values of a feature that stand for all: three numbers each, the value, the weight of smaller values, and the weight up to and with it. */
export interface Summary {
  readonly entries: Float64Array;
  /** Values that are there. */
  readonly present: number;
}

/** Merges the summaries of several hosts and keeps at most `most` values of them. */
export function mergeSummaries(summaries: readonly Summary[], most: number): Summary {
  const present = summaries.reduce((sum, summary) => sum + summary.present, 0);
  const points = summaries
    .flatMap(({ entries }) => {
      // The weight between two kept values counts for the greater one.
      const list: [number, number][] = [];
      for (let at = 0, before = 0; at < entries.length; at += 3) {
        list.push([entries[at] ?? 0, (entries[at + 2] ?? 0) - before]);
        before = entries[at + 2] ?? 0;
      }
      return list;
    })
    .toSorted((a, b) => a[0] - b[0]);
  const values: number[] = [];
  const cumulated: number[] = [];
  let sum = 0;
  for (const [value, weight] of points) {
    sum += weight;
    if (values.length === 0 || value !== values.at(-1)) {
      values.push(value);
      cumulated.push(sum);
    } else cumulated[cumulated.length - 1] = sum;
  }
  const entries = keep(cumulated, most).flatMap((index) => [
    values[index] ?? 0,
    index === 0 ? 0 : (cumulated[index - 1] ?? 0),
    cumulated[index] ?? 0,
  ]);
  return { entries: Float64Array.from(entries), present };
}

/** As the kernel `quantiles.summarise`: XGBoost's `WQSummary::SetPrune`. */
function keep(cumulated: readonly number[], most: number): number[] {
  const size = cumulated.length;
  if (size <= most) return cumulated.map((_, index) => index);
  const at = (index: number): number => cumulated[index] ?? 0;
  const begin = at(0);
  const range = at(size - 2) - begin;
  const kept = [0];
  let i = 1;
  for (let k = 1; k < most - 1; k++) {
    const wanted = 2 * ((k * range) / (most - 1) + begin);
    while (i < size - 1 && wanted >= at(i + 1) + at(i)) i++;
    if (i === size - 1) break;
    const chosen = wanted < 2 * at(i) ? i : i + 1;
    if (chosen !== kept.at(-1)) kept.push(chosen);
  }
  if (kept.at(-1) !== size - 1) kept.push(size - 1);
  return kept;
}
