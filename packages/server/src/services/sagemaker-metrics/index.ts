import type { SagemakerMetricsOperations } from '@rung/wire/types/sagemaker-metrics';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { batchGetMetrics } from './batch-get-metrics.ts';
import { batchPutMetrics } from './batch-put-metrics.ts';

/** The metrics of trial components, kept beside all others. */
export function sagemakerMetricsService(resources: MetricsResources): Service {
  const handlers: Handlers<SagemakerMetricsOperations> = {
    BatchGetMetrics: (input) => batchGetMetrics(resources, input),
    BatchPutMetrics: (input) => batchPutMetrics(resources, input),
  };
  return { name: 'sagemaker-metrics', handlers };
}

export type MetricsResources = Pick<ServerResources, 'metrics' | 'clock'>;
