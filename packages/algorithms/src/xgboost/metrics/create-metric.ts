/** Every metric by name, with its parameter behind an `@`: `error@0.7`, `ndcg@10`. */
import { classMetrics } from './class-metrics.ts';
import type { Metric } from './metric.ts';
import { orderMetrics } from './order-metrics.ts';
import { regressionMetrics } from './regression-metrics.ts';

/** Names without parameters. r2 is the share of the variance that answers explain. */
export const metricNames: readonly string[] = [
  ...Object.keys(regressionMetrics),
  ...Object.keys(classMetrics),
  ...Object.keys(orderMetrics),
  'r2',
];

/** `undefined` when there is none of that name. */
export function createMetric(name: string, classes: number): Metric | undefined {
  const [, base = '', parameter] = /^([a-z0-9_-]+?)(?:@([\d.]+)-?)?$/.exec(name) ?? [];
  const number = parameter === undefined ? undefined : Number(parameter);
  if (base === 'r2') return determination;
  if (Object.hasOwn(classMetrics, base)) return classMetrics[base]?.(name, classes);
  return (regressionMetrics[base] ?? orderMetrics[base])?.(name, number);
}

const determination: Metric = {
  name: 'r2',
  maximize: true,
  sums: ({ data, answers: { values: answers } }) => {
    const sums = new Float64Array(4);
    for (const [row, label] of data.labels.values.entries()) {
      const parts = [1, label, label ** 2, ((answers[row] ?? 0) - label) ** 2];
      for (const [index, part] of parts.entries()) sums[index] = (sums[index] ?? 0) + part;
    }
    return sums;
  },
  value: ([count = 0, sum = 0, squares = 0, errors = 0]) => {
    const variance = squares - sum ** 2 / count;
    return variance === 0 ? Number(errors === 0) : 1 - errors / variance;
  },
};
