import type { BatchPutMetricsRequest, BatchPutMetricsResponse } from '@rung/wire/types/sagemaker-metrics';
import type { MetricsResources } from './index.ts';
import { trialMetric } from './trial-component.ts';

/** Values that are no finite number are named in the answer; the others are kept. */
export async function batchPutMetrics(
  { metrics }: MetricsResources,
  { TrialComponentName, MetricData }: BatchPutMetricsRequest,
): Promise<BatchPutMetricsResponse> {
  const wrong = MetricData.flatMap(({ Value }, index) => (Number.isFinite(Value) ? [] : [index]));
  await metrics.put(
    MetricData.filter(({ Value }) => Number.isFinite(Value)).map(({ MetricName, Timestamp, Value }) => ({
      // Components are named in small letters in ARNs, and asked for by ARN.
      ...trialMetric(TrialComponentName.toLowerCase(), MetricName),
      timestamp: Timestamp,
      value: Value,
    })),
  );
  return wrong.length === 0 ? {} : { Errors: wrong.map((MetricIndex) => ({ Code: 'VALIDATION_ERROR', MetricIndex })) };
}
