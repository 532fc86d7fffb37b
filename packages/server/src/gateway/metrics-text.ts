/** What `/metrics` shows, in the Prometheus text format. */
import type { RoutingTable, VariantRoute } from './routing-table.ts';
import { latencyBoundsMicros, type Distribution } from './variant-counters.ts';

export class MetricsPage {
  #routes: RoutingTable;
  #processText: Promise<() => Promise<string>> | undefined;

  constructor(routes: RoutingTable) {
    this.#routes = routes;
  }

  /** The counters of every variant in service, and what Node knows of this process. */
  async text(): Promise<string> {
    // Loaded by the first scrape: a control plane that nobody scrapes does not pay for it.
    this.#processText ??= import('prom-client').then(({ Registry, collectDefaultMetrics }) => {
      const registry = new Registry();
      collectDefaultMetrics({ register: registry });
      return () => registry.metrics();
    });
    return endpointMetrics(this.#routes) + (await (await this.#processText)());
  }
}

type Labelled = { readonly labels: string; readonly variant: VariantRoute };

function endpointMetrics(routes: RoutingTable): string {
  const series: Labelled[] = [];
  for (const route of routes.all()) {
    for (const variant of route.variants) {
      series.push({ labels: `endpoint="${route.endpointName}",variant="${variant.name}"`, variant });
    }
  }
  return [
    single(
      'rung_invocations_total',
      'counter',
      'Requests sent to an instance.',
      series,
      (v) => v.counters.total.invocations,
    ),
    single(
      'rung_invocation_4xx_errors_total',
      'counter',
      'Requests that the model answered with 4xx.',
      series,
      (v) => v.counters.total.clientErrors,
    ),
    single(
      'rung_invocation_5xx_errors_total',
      'counter',
      'Requests that the model answered with 5xx.',
      series,
      (v) => v.counters.total.serverErrors,
    ),
    single(
      'rung_invocation_model_errors_total',
      'counter',
      'Requests without a 2xx answer from the model.',
      series,
      (v) => v.counters.total.modelErrors,
    ),
    single(
      'rung_invocations_rejected_total',
      'counter',
      'Requests that found no instance, or too many waiting before them.',
      series,
      (v) => v.counters.total.rejected,
    ),
    single('rung_outstanding_requests', 'gauge', 'Requests not yet answered.', series, outstanding),
    single('rung_instances_in_service', 'gauge', 'Instances that get requests.', series, (v) => v.instances.length),
    histogram(
      'rung_model_latency_seconds',
      'Time that the instance took to answer.',
      series,
      (v) => v.counters.total.model,
    ),
    histogram(
      'rung_overhead_latency_seconds',
      'Time that a request spent in Rung beside that.',
      series,
      (v) => v.counters.total.overhead,
    ),
  ].join('');
}

function single(
  name: string,
  type: string,
  help: string,
  series: readonly Labelled[],
  value: (variant: VariantRoute) => number,
): string {
  const lines = series.map(({ labels, variant }) => `${name}{${labels}} ${value(variant)}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function histogram(
  name: string,
  help: string,
  series: readonly Labelled[],
  of: (variant: VariantRoute) => Distribution,
): string {
  let text = `# HELP ${name} ${help}\n# TYPE ${name} histogram\n`;
  for (const { labels, variant } of series) {
    const distribution = of(variant);
    let below = 0;
    latencyBoundsMicros.forEach((bound, at) => {
      below += distribution.buckets[at] ?? 0;
      text += `${name}_bucket{${labels},le="${bound / 1e6}"} ${below}\n`;
    });
    text += `${name}_bucket{${labels},le="+Inf"} ${distribution.count}\n`;
    text += `${name}_sum{${labels}} ${distribution.sum / 1e6}\n${name}_count{${labels}} ${distribution.count}\n`;
  }
  return text;
}

function outstanding(variant: VariantRoute): number {
  return variant.instances.reduce((sum, instance) => sum + instance.outstanding, 0);
}
