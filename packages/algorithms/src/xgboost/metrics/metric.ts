/** How good answers are: sums over rows, which hosts add up, and one number of the sums. */
import type { DataSet } from '../matrix.ts';

export interface Metric {
  /** As in log lines, e.g. `error@0.7`. */
  readonly name: string;
  readonly maximize: boolean;
  sums(scored: Scored): Float64Array;
  value(sums: Float64Array): number;
}

export interface Scored {
  readonly data: DataSet;
  /** Numbers per row. */
  readonly groups: number;
  readonly margins: Float32Array;
  /** What the objective makes of margins; for classes their probabilities. */
  readonly answers: Float32Array;
}

/** A mean over rows, weighted. */
export function meanMetric(
  name: string,
  loss: (answer: number, label: number) => number,
  finish: (mean: number) => number = (mean) => mean,
): Metric {
  return {
    name,
    maximize: false,
    sums: ({ data, answers }) => {
      let sum = 0;
      let total = 0;
      for (let row = 0; row < data.labels.values.length; row++) {
        const weight = data.weights?.values[row] ?? 1;
        sum += loss(answers[row] ?? 0, data.labels.values[row] ?? 0) * weight;
        total += weight;
      }
      return Float64Array.of(sum, total);
    },
    value: quotient(finish),
  };
}

export function quotient(finish: (mean: number) => number = (mean) => mean): Metric['value'] {
  return ([sum = 0, total = 0]) => finish(total === 0 ? sum : sum / total);
}
