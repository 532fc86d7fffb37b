import type { CloudwatchOperations } from '@rung/wire/types/cloudwatch';
import type { ServerResources } from '../../resources.ts';
import type { Handlers, Service } from '../service.ts';
import { listMetricsHandlers } from './list-metrics.ts';
import { metricDataHandlers } from './metric-data.ts';
import { metricStatisticsHandlers } from './metric-statistics.ts';
import { putMetricDataHandlers } from './put-metric-data.ts';

/** CloudWatch's metrics: put, statistics, data, list. */
export function cloudwatchService({ metrics, clock }: Pick<ServerResources, 'metrics' | 'clock'>): Service {
  const handlers: Handlers<CloudwatchOperations> = {
    ...putMetricDataHandlers(metrics, clock),
    ...metricStatisticsHandlers(metrics),
    ...metricDataHandlers(metrics),
    ...listMetricsHandlers(metrics, clock),
  };
  return { name: 'cloudwatch', handlers };
}
