import type { MetricDatum } from '@rung/wire/types/cloudwatch';
import type { FoldedPoint, MetricPoint } from '../metrics/metric-poster.ts';
import { Platform } from './platform.ts';

/** CloudWatch's limit for one call. */
const DATA_PER_CALL = 1000;

/** Stores points with CloudWatch's PutMetricData. */
export async function putMetrics(
  connectionFile: string,
  points: readonly (MetricPoint | FoldedPoint)[],
  signal: AbortSignal,
): Promise<void> {
  const platform = new Platform(connectionFile);
  for (const [namespace, ofNamespace] of Map.groupBy(points, (point) => point.namespace)) {
    for (let start = 0; start < ofNamespace.length; start += DATA_PER_CALL) {
      const MetricData = ofNamespace.slice(start, start + DATA_PER_CALL).map(metricDatum);
      await platform.keepTrying({ what: 'store metrics', signal }, ({ cloudwatch }) =>
        cloudwatch.call('PutMetricData', { Namespace: namespace, MetricData }, { signal }),
      );
    }
  }
}

function metricDatum(point: MetricPoint | FoldedPoint): MetricDatum {
  return {
    MetricName: point.name,
    Dimensions: Object.entries(point.dimensions).map(([Name, Value]) => ({ Name, Value })),
    Timestamp: new Date(point.at),
    ...('value' in point
      ? { Value: point.value }
      : { StatisticValues: { SampleCount: point.count, Sum: point.sum, Minimum: point.min, Maximum: point.max } }),
    ...(point.unit === undefined ? {} : { Unit: point.unit }),
  };
}
