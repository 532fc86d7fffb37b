/** The statistics that a point can be asked for, by CloudWatch's names. */
import type { StatisticsPoint } from '../../observability/metric-store.ts';

export type PlainStatistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum';

export function plainStatistic(point: StatisticsPoint, statistic: PlainStatistic): number {
  switch (statistic) {
    case 'SampleCount':
      return point.count;
    case 'Average':
      return point.sum / point.count;
    case 'Sum':
      return point.sum;
    case 'Minimum':
      return point.min;
    case 'Maximum':
      return point.max;
    default:
      throw new TypeError(`no such statistic: ${String(statistic satisfies never)}`);
  }
}

export function isPlainStatistic(name: string): name is PlainStatistic {
  return ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'].includes(name);
}

/** 99.9 for `p99.9`; undefined for any other text, trimmed means and the like among them. */
export function percentileOf(name: string): number | undefined {
  const [, digits] = /^[pP](\d{1,3}(?:\.\d{1,10})?)$/.exec(name) ?? [];
  const percentile = Number(digits);
  return digits !== undefined && percentile <= 100 ? percentile : undefined;
}

/** CloudWatch knows periods of 1, 5, 10 and 30 seconds and of whole minutes. */
export function isPeriod(seconds: number): boolean {
  return [1, 5, 10, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);
}
