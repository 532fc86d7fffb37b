/** Metrics of classes. Those that SageMaker's container adds to XGBoost's are scikit-learn's, on the classes that margins stand for, without weights. */
import { kernelMetric, type Metric, type Scored } from './metric.ts';

export const classMetrics: Readonly<Record<string, (name: string, classes: number) => Metric>> = {
  merror: (name) => kernelMetric(name, 'class_error', ({ groups }) => [groups]),
  mlogloss: (name) => kernelMetric(name, 'class_log_loss', ({ groups }) => [groups]),
  accuracy: (name, classes) => fromConfusion(name, classes, (counts) => counts.right / counts.total),
  balanced_accuracy: (name, classes) =>
    fromConfusion(name, classes, ({ perClass }) =>
      mean(perClass.filter(({ actual }) => actual > 0).map(({ hit, actual }) => hit / actual)),
    ),
  f1: (name, classes) => fromConfusion(name, classes, (counts) => mean(counts.perClass.map(f1))),
  f1_macro: (name, classes) => fromConfusion(name, classes, (counts) => mean(counts.perClass.map(f1))),
  f1_binary: (name, classes) => fromConfusion(name, classes, (counts) => f1(counts.perClass.at(-1))),
  precision: (name, classes) => fromConfusion(name, classes, (counts) => precision(counts.perClass.at(-1))),
  precision_macro: (name, classes) => fromConfusion(name, classes, (counts) => mean(counts.perClass.map(precision))),
  precision_micro: (name, classes) => fromConfusion(name, classes, (counts) => counts.right / counts.total),
  recall: (name, classes) => fromConfusion(name, classes, (counts) => recall(counts.perClass.at(-1))),
  recall_macro: (name, classes) => fromConfusion(name, classes, (counts) => mean(counts.perClass.map(recall))),
  recall_micro: (name, classes) => fromConfusion(name, classes, (counts) => counts.right / counts.total),
};

interface ClassCounts {
  readonly hit: number;
  readonly predicted: number;
  readonly actual: number;
}

interface Counts {
  readonly right: number;
  readonly total: number;
  /** Classes that occur, as labels or as answers, in ascending order. */
  readonly perClass: readonly ClassCounts[];
}

function fromConfusion(name: string, classes: number, value: (counts: Counts) => number): Metric {
  const size = Math.max(2, classes);
  return {
    name,
    maximize: true,
    sums: (scored) => confusion(scored, size),
    value: (sums) => {
      const at = (actual: number, predicted: number): number => sums[actual * size + predicted] ?? 0;
      const all = Array.from({ length: size }, (_, index) => index);
      const perClass = all
        .map((own) => ({
          hit: at(own, own),
          predicted: all.reduce((sum, other) => sum + at(other, own), 0),
          actual: all.reduce((sum, other) => sum + at(own, other), 0),
        }))
        .filter(({ predicted, actual }) => predicted + actual > 0);
      const right = perClass.reduce((sum, { hit }) => sum + hit, 0);
      return value({ right, total: sums.reduce((sum, count) => sum + count, 0), perClass });
    },
  };
}

function confusion({ data, margins: { values: margins }, groups }: Scored, size: number): Float64Array {
  const counts = new Float64Array(size * size);
  for (const [row, label] of data.labels.values.entries()) {
    const predicted =
      groups === 1 ? ((margins[row] ?? 0) > 0 ? 1 : 0) : greatest(margins.subarray(row * groups, (row + 1) * groups));
    const place = Math.min(size - 1, Math.max(0, Math.round(label))) * size + predicted;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}

function greatest(own: Float32Array): number {
  let best = 0;
  for (let group = 1; group < own.length; group++) if ((own[group] ?? 0) > (own[best] ?? 0)) best = group;
  return best;
}

function precision(counts: ClassCounts | undefined): number {
  return counts === undefined || counts.predicted === 0 ? 0 : counts.hit / counts.predicted;
}

function recall(counts: ClassCounts | undefined): number {
  return counts === undefined || counts.actual === 0 ? 0 : counts.hit / counts.actual;
}

function f1(counts: ClassCounts | undefined): number {
  return counts === undefined ? 0 : (2 * counts.hit) / (counts.predicted + counts.actual);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
