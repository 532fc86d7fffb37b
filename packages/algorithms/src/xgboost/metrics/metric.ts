/** How good answers are: sums over rows, which hosts add up, and one number of the sums. */
import type { Collective } from '../../collective/collective.ts';
import type { HeapArray } from '../../kernels/shared-heap.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { DataSet } from '../matrix.ts';

export interface Metric {
  /** As in log lines, e.g. `error@0.7`. */
  readonly name: string;
  readonly maximize: boolean;
  sums(scored: Scored): Float64Array | Promise<Float64Array>;
  value(sums: Float64Array): number;
}

export interface Scored {
  readonly kernels: Kernels;
  readonly collective: Collective;
  readonly data: DataSet;
  /** Numbers per row. */
  readonly groups: number;
  readonly margins: HeapArray<Float32Array>;
  /** What the objective makes of margins; for classes their probabilities. */
  readonly answers: HeapArray<Float32Array>;
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
    sums: ({ data, answers: { values } }) => {
      const weights = rowWeights(data)?.values;
      let sum = 0;
      let total = 0;
      for (let row = 0; row < data.labels.values.length; row++) {
        const weight = weights?.[row] ?? 1;
        sum += loss(values[row] ?? 0, data.labels.values[row] ?? 0) * weight;
        total += weight;
      }
      return Float64Array.of(sum, total);
    },
    value: quotient(finish),
  };
}

type SumKernel = 'squared_error' | 'absolute_error' | 'log_loss' | 'threshold_error' | 'class_log_loss' | 'class_error';

/** Rows that one thread takes at a time: the sum depends on it, and on nothing else. */
const grain = 16_384;

/** A mean over rows, weighted, that is common enough for a kernel. `parameters` follow the weights. */
export function kernelMetric(
  name: string,
  kernel: SumKernel,
  parameters: (scored: Scored) => readonly number[] = () => [],
  finish: (mean: number) => number = (mean) => mean,
): Metric {
  return {
    name,
    maximize: false,
    sums: (scored) => {
      const { kernels, data, answers } = scored;
      const weights = rowWeights(data)?.pointer ?? 0;
      const sum = (of: SumKernel | 'weight_sum', args: readonly number[]): number =>
        kernels.pool
          .parallel('measures', of, { items: data.matrix.rows, grain }, args)
          .reduce((total, block) => total + block, 0);
      const total = weights === 0 ? data.matrix.rows : sum('weight_sum', [weights]);
      return Float64Array.of(
        sum(kernel, [answers.pointer, data.labels.pointer, weights, ...parameters(scored)]),
        total,
      );
    },
    value: quotient(finish),
  };
}

/** Weights of ranking data are per query, and metrics of rows do without them. */
function rowWeights({ groupStarts, weights }: DataSet): HeapArray<Float32Array> | undefined {
  return groupStarts === undefined ? weights : undefined;
}

export function quotient(finish: (mean: number) => number = (mean) => mean): Metric['value'] {
  return ([sum = 0, total = 0]) => finish(total === 0 ? sum : sum / total);
}
