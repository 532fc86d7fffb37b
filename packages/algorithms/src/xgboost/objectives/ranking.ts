/** LambdaMART, as XGBoost has it: pairs of rows of one query, of which one is among the 32 that the model ranks highest. Burges 2010. */
import type { DataSet } from '../matrix.ts';
import type { GradientTask } from './objective.ts';

export type RankingLoss = 'pairwise' | 'ndcg' | 'map';

const highest = 32;

/** Where the rows of each query begin; without queries all rows are one. */
export function groupsOfRows({ groupStarts, labels }: DataSet): Int32Array {
  return groupStarts ?? Int32Array.of(0, labels.values.length);
}

/** How much a metric changes when the rows at two ranks change places. */
type Delta = (high: number, low: number) => number;

export function rankingGradients(loss: RankingLoss): (task: GradientTask) => void {
  return ({ data, margins, gradients }) => {
    const starts = groupsOfRows(data);
    const groups = starts.length - 1;
    gradients.values.fill(0);
    let weightSum = 0;
    for (let group = 0; group < groups; group++) weightSum += data.weights?.values[group] ?? 1;
    for (let group = 0; group < groups; group++) {
      const from = starts[group] ?? 0;
      const to = starts[group + 1] ?? 0;
      const weight = ((data.weights?.values[group] ?? 1) * groups) / weightSum;
      compare(
        loss,
        data.labels.values.subarray(from, to),
        margins.values.subarray(from, to),
        gradients.values.subarray(2 * from, 2 * to),
        weight,
      );
    }
  };
}

function compare(
  loss: RankingLoss,
  labels: Float32Array,
  scores: Float32Array,
  out: Float32Array,
  weight: number,
): void {
  const ranks = ranking(scores);
  const ranked = Float32Array.from(ranks, (row) => labels[row] ?? 0);
  const delta = deltas[loss](ranked);
  const spread = (scores[ranks[0] ?? 0] ?? 0) !== (scores[ranks.at(-1) ?? 0] ?? 0);
  let sum = 0;
  // Scores by rank, and plain numbers only: this is the inner loop of every round.
  const own = Float64Array.from(ranks, (row) => scores[row] ?? 0);
  const slopes = new Float64Array(ranks.length);
  const curves = new Float64Array(ranks.length);
  const last = Math.min(ranks.length, highest);
  for (let i = 0; i < last; i++) {
    const label = ranked[i] ?? 0;
    for (let j = i + 1; j < ranks.length; j++) {
      const other = ranked[j] ?? 0;
      if (label === other) continue;
      const high = label > other ? i : j;
      const low = i + j - high;
      const difference = Math.fround((own[high] ?? 0) - (own[low] ?? 0));
      const sigmoid = 1 / (1 + Math.exp(-difference));
      let change = Math.abs(delta(high, low));
      if (spread) change /= Math.abs(difference) + 0.01;
      const lambda = Math.fround((sigmoid - 1) * change);
      const hessian = Math.fround(Math.max(sigmoid * (1 - sigmoid), 1e-16) * change * 2);
      slopes[high] = (slopes[high] ?? 0) + lambda;
      slopes[low] = (slopes[low] ?? 0) - lambda;
      curves[high] = (curves[high] ?? 0) + hessian;
      curves[low] = (curves[low] ?? 0) + hessian;
      sum -= 2 * lambda;
    }
  }
  const scale = (sum > 0 ? Math.log2(1 + sum) / sum : 1) * weight;
  for (const [rank, row] of ranks.entries()) {
    out[2 * row] = (slopes[rank] ?? 0) * scale;
    out[2 * row + 1] = (curves[rank] ?? 0) * scale;
  }
}

/** Rows by score, the greatest first, ties in their order. */
export function ranking(scores: ArrayLike<number>): Int32Array {
  return Int32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b,
  );
}

/** Discounted cumulative gain of labels in this order. */
export function gain(labels: ArrayLike<number>, most = labels.length): number {
  let sum = 0;
  for (let rank = 0; rank < Math.min(most, labels.length); rank++)
    sum += (2 ** (labels[rank] ?? 0) - 1) / Math.log2(rank + 2);
  return sum;
}

const deltas: Record<RankingLoss, (ranked: Float32Array) => Delta> = {
  pairwise: () => () => 1,
  ndcg: (ranked) => {
    const ideal = gain(ranked.toSorted((a, b) => b - a));
    const inverse = ideal === 0 ? 0 : 1 / ideal;
    const gains = Float64Array.from(ranked, (label) => 2 ** label);
    const discounts = Float64Array.from(ranked, (_, rank) => 1 / Math.log2(rank + 2));
    return (high, low) =>
      ((gains[high] ?? 0) - (gains[low] ?? 0)) * ((discounts[high] ?? 0) - (discounts[low] ?? 0)) * inverse;
  },
  map: (ranked) => {
    const relevant = new Float64Array(ranked.length);
    const precision = new Float64Array(ranked.length);
    for (let rank = 0, count = 0, sum = 0; rank < ranked.length; rank++) {
      count += ranked[rank] ?? 0;
      sum += (ranked[rank] ?? 0) / (rank + 1);
      relevant[rank] = count;
      precision[rank] = sum;
    }
    const total = relevant.at(-1) ?? 0;
    return (better, worse) => {
      const [upper, lower] = better < worse ? [better, worse] : [worse, better];
      const m = (relevant[lower] ?? 0) / (lower + 1);
      const n = relevant[upper] ?? 0;
      const between = (precision[lower - 1] ?? 0) - (precision[upper] ?? 0);
      if (better > worse) return (m - (n + 1) / (upper + 1) - between) / total;
      return (n / (upper + 1) - m + between) / total;
    };
  },
};
