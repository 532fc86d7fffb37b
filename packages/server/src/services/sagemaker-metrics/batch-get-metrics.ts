import type {
  BatchGetMetricsRequest,
  BatchGetMetricsResponse,
  MetricQuery,
  MetricQueryResult,
  MetricStatistic,
  Period,
} from '@rung/wire/types/sagemaker-metrics';
import type { StatisticsPoint } from '../../observability/metric-store.ts';
import type { MetricsResources } from './index.ts';
import { componentOf, trialMetric } from './trial-component.ts';

/** Series over time. A query that cannot be answered says why in its own result; the others are answered. */
export async function batchGetMetrics(
  resources: MetricsResources,
  { MetricQueries }: BatchGetMetricsRequest,
): Promise<BatchGetMetricsResponse> {
  return { MetricQueryResults: await Promise.all(MetricQueries.map((query) => answer(resources, query))) };
}

const seconds: Partial<Record<Period, number>> = { OneMinute: 60, FiveMinute: 300, OneHour: 3600 };

const statistics: Partial<Record<MetricStatistic, (point: StatisticsPoint) => number>> = {
  Min: ({ min }) => min,
  Max: ({ max }) => max,
  Avg: ({ sum, count }) => sum / count,
  Count: ({ count }) => count,
};

async function answer({ metrics, clock }: MetricsResources, query: MetricQuery): Promise<MetricQueryResult> {
  const component = componentOf(query.ResourceArn);
  const period = seconds[query.Period];
  const statistic = statistics[query.MetricStat];
  if (component === undefined)
    return refused(`${query.ResourceArn} is the ARN of no trial component and no training job.`);
  if (period === undefined || query.XAxisType !== 'Timestamp') {
    return refused(
      'Rung keeps metrics by time, not by iteration: ask for XAxisType Timestamp and a Period of OneMinute, FiveMinute or OneHour.',
    );
  }
  if (statistic === undefined)
    return refused(`Rung does not compute ${query.MetricStat}: ask for Min, Max, Avg or Count.`);
  const points = await metrics.statistics({
    ...trialMetric(component.toLowerCase(), query.MetricName),
    start: new Date((query.Start ?? 0) * 1000),
    end: query.End === undefined ? new Date(clock.now().getTime() + 1000) : new Date(query.End * 1000),
    period,
  });
  return {
    Status: 'Complete',
    XAxisValues: points.map(({ timestamp }) => Math.floor(timestamp.getTime() / 1000)),
    MetricValues: points.map(statistic),
  };
}

function refused(message: string): MetricQueryResult {
  return { Status: 'ValidationError', Message: message, XAxisValues: [], MetricValues: [] };
}
