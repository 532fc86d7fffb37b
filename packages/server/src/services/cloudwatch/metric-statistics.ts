import type {
  CloudwatchOperations,
  Datapoint,
  GetMetricStatisticsInput,
  StandardUnit,
} from '@rung/wire/types/cloudwatch';
import type { MetricStore, StatisticsPoint } from '../../observability/metric-store.ts';
import type { Handlers } from '../service.ts';
import { toRecord } from './dimensions.ts';
import { invalidCombination, invalidValue, missingParameter } from './errors.ts';
import { isPeriod, percentileOf, plainStatistic } from './statistic.ts';

export function metricStatisticsHandlers(metrics: MetricStore) {
  return {
    GetMetricStatistics: async (input) => {
      requireSense(input);
      const { Statistics = [], ExtendedStatistics = [] } = input;
      const percentiles = ExtendedStatistics.map((name) => {
        const percentile = percentileOf(name);
        if (percentile !== undefined) return percentile;
        throw invalidValue(
          `The value ${name} for parameter ExtendedStatistics is invalid: percentiles such as p99 are supported.`,
        );
      });
      const points = await metrics.statistics({
        namespace: input.Namespace,
        name: input.MetricName,
        dimensions: toRecord(input.Dimensions),
        start: input.StartTime,
        end: input.EndTime,
        period: input.Period,
        percentiles,
        ...(input.Unit === undefined ? {} : { unit: input.Unit }),
      });
      const toDatapoint = (point: StatisticsPoint): Datapoint => {
        const plain = Object.fromEntries(Statistics.map((name) => [name, plainStatistic(point, name)]));
        const extended = ExtendedStatistics.flatMap((name, index) => {
          const value = point.percentiles[`p${percentiles[index]}`];
          return value === undefined ? [] : [[name, value] as const];
        });
        return {
          Timestamp: point.timestamp,
          ...plain,
          // Safe: units are kept as PutMetricData, which admits only these, gave them.
          Unit: (point.unit ?? 'None') as StandardUnit,
          ...(extended.length > 0 ? { ExtendedStatistics: Object.fromEntries(extended) } : {}),
        };
      };
      return { Label: input.MetricName, Datapoints: points.map(toDatapoint) };
    },
  } satisfies Handlers<CloudwatchOperations>;
}

const MOST_POINTS = 1_440;

function requireSense({ Statistics, ExtendedStatistics, StartTime, EndTime, Period }: GetMetricStatisticsInput): void {
  if (!Statistics && !ExtendedStatistics) {
    throw missingParameter('Must specify either Statistics or ExtendedStatistics.');
  }
  if (StartTime >= EndTime) {
    throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  }
  if (!isPeriod(Period)) {
    throw invalidValue(`The value ${Period} for parameter Period is invalid: use 1, 5, 10, 30 or a multiple of 60.`);
  }
  const points = Math.ceil((EndTime.getTime() - StartTime.getTime()) / 1000 / Period);
  if (points > MOST_POINTS) {
    throw invalidCombination(
      `You have requested up to ${points.toLocaleString('en')} datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
}
