import type { MetricDatum } from '../observability/metric-store.ts';
import type { RoutingTable } from './routing-table.ts';
import type { Counts, Distribution, VariantCounters } from './variant-counters.ts';

const namespace = 'AWS/SageMaker';

/** What was counted since the last call, as CloudWatch data with the names and units that SageMaker gives them. */
export function collectMetricData(routes: RoutingTable, timestamp: Date): MetricDatum[] {
  return routes.takeCounters().flatMap((counters) => {
    const fresh = counters.takeFresh();
    return fresh.invocations === 0 ? [] : variantData(counters, fresh, timestamp);
  });
}

function variantData(counters: VariantCounters, fresh: Counts, timestamp: Date): MetricDatum[] {
  const dimensions = { EndpointName: counters.endpointName, VariantName: counters.variantName };
  const { invocations } = fresh;
  const flags = (name: string, hits: number): MetricDatum => ({
    namespace,
    name,
    dimensions,
    timestamp,
    unit: 'None',
    value: { sum: hits, count: invocations, min: hits === invocations ? 1 : 0, max: hits > 0 ? 1 : 0 },
  });
  const latency = (name: string, { sum, count, min, max }: Distribution): MetricDatum[] =>
    count === 0
      ? []
      : [{ namespace, name, dimensions, timestamp, unit: 'Microseconds', value: { sum, count, min, max } }];
  const share = fresh.perInstance / invocations;
  return [
    flags('Invocations', invocations),
    {
      ...flags('InvocationsPerInstance', invocations),
      value: { sum: fresh.perInstance, count: invocations, min: share, max: share },
    },
    flags('Invocation4XXErrors', fresh.clientErrors),
    flags('Invocation5XXErrors', fresh.serverErrors),
    flags('InvocationModelErrors', fresh.modelErrors),
    ...latency('ModelLatency', fresh.model),
    ...latency('OverheadLatency', fresh.overhead),
  ];
}
