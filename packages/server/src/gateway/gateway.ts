/**
 * The inference data plane: from a checked request to an instance and back. It reads only its routing table, so that neither a database nor a file
 * lies on the way of a request.
 */
import type { Logger } from 'pino';
import type { MetricStore } from '../observability/metric-store.ts';
import {
  defaultInvocationLimits,
  Invocation,
  type AnswerSink,
  type InvocationLimits,
  type InvocationRequest,
  type StreamSink,
} from './invocation.ts';
import { collectMetricData } from './metric-data.ts';
import { MetricsPage } from './metrics-text.ts';
import { RoutingTable } from './routing-table.ts';

export interface GatewayOptions {
  readonly metrics: MetricStore;
  readonly logger: Logger;
  readonly limits?: InvocationLimits;
  /** How often counters become CloudWatch data, in milliseconds. Default 5000. */
  readonly flushMs?: number;
}

const sweepMs = 1000;

export class Gateway {
  /** What the endpoint controller publishes to. */
  readonly routes = new RoutingTable();
  #metricsPage = new MetricsPage(this.routes);
  #options: GatewayOptions;
  #limits: InvocationLimits;
  #flushTimer: NodeJS.Timeout;
  #sweepTimer: NodeJS.Timeout;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultInvocationLimits;
    this.#flushTimer = setInterval(() => void this.flush(), options.flushMs ?? 5000).unref();
    this.#sweepTimer = setInterval(() => this.routes.dropIdleConnections(), sweepMs).unref();
  }

  /** The answer comes whole, to `sink`; cancel the invocation when the caller goes away. */
  invoke(request: InvocationRequest, sink: AnswerSink): Invocation {
    const invocation = new Invocation(request, this.routes, this.#limits, { answer: sink });
    invocation.start();
    return invocation;
  }

  /** The answer comes in the parts in which the instance makes it. */
  invokeStream(request: InvocationRequest, sink: StreamSink): Invocation {
    const invocation = new Invocation(request, this.routes, this.#limits, { stream: sink });
    invocation.start();
    return invocation;
  }

  /** Prometheus text: every variant's counters, and the process itself. */
  metricsText(): Promise<string> {
    return this.#metricsPage.text();
  }

  /** Hands what was counted since the last flush to the metric store. A failure is logged and loses these data points, nothing else. */
  flush(): Promise<void> {
    const data = collectMetricData(this.routes, new Date());
    if (data.length === 0) return this.#flushing;
    this.#flushing = this.#flushing
      .then(() => this.#options.metrics.put(data))
      .catch((error: unknown) => {
        this.#options.logger.error({ err: error, points: data.length }, 'invocation metrics could not be stored');
      });
    return this.#flushing;
  }

  /** Stores the last counts and ends the connections to instances. */
  async close(): Promise<void> {
    clearInterval(this.#flushTimer);
    clearInterval(this.#sweepTimer);
    await this.flush();
    this.routes.close();
  }
}
