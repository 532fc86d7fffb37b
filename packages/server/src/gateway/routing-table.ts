/**
 * Which instances answer for which endpoint: a snapshot in memory that the endpoint controller replaces when something changed, and that every
 * request reads without waiting for anything.
 */
import { defaultPoolLimits, InstancePool, type PoolLimits } from './instance-pool.ts';
import { VariantCounters } from './variant-counters.ts';

/** An endpoint that serves, as the controller describes it. */
export interface EndpointRouteSpec {
  readonly endpointName: string;
  readonly account: string;
  readonly region: string;
  readonly variants: readonly VariantRouteSpec[];
}

export interface VariantRouteSpec {
  readonly name: string;
  /** Share of the requests: weight divided by the sum of all weights. At least 0. */
  readonly weight: number;
  /** How error texts name the container: `primary`, or the container's host name. */
  readonly containerName: string;
  /** Healthy instances only; empty while all of them are down. */
  readonly instances: readonly InstanceRouteSpec[];
}

export interface InstanceRouteSpec {
  readonly workloadId: string;
  /** `unix:/path` or `tcp:host:port`. */
  readonly address: string;
}

export interface EndpointRoute {
  readonly endpointName: string;
  readonly account: string;
  readonly region: string;
  readonly variants: readonly VariantRoute[];
}

export interface VariantRoute {
  readonly name: string;
  readonly weight: number;
  readonly containerName: string;
  readonly instances: readonly InstancePool[];
  readonly counters: VariantCounters;
}

export class RoutingTable {
  #routes = new Map<string, EndpointRoute>();
  #pools = new Map<string, InstancePool>();
  /** Left the table with requests under way: kept until those have finished. */
  #draining = new Map<string, InstancePool>();
  /** Of variants that have left the table, until their last counts are taken. */
  #leftCounters: VariantCounters[] = [];
  #limits: PoolLimits;
  #suspectListeners = new Set<(workloadId: string) => void>();

  constructor(limits: PoolLimits = defaultPoolLimits) {
    this.#limits = limits;
  }

  find(endpointName: string): EndpointRoute | undefined {
    return this.#routes.get(endpointName);
  }

  all(): Iterable<EndpointRoute> {
    return this.#routes.values();
  }

  /** Replaces the endpoint's route. Instances that stay keep their connections; those that left finish what they have. */
  publish(spec: EndpointRouteSpec): void {
    const before = this.#routes.get(spec.endpointName);
    const variants = spec.variants.map((variant): VariantRoute => {
      const known = before?.variants.find((candidate) => candidate.name === variant.name);
      const counters = known?.counters ?? new VariantCounters(spec.endpointName, variant.name);
      counters.instanceCount = variant.instances.length;
      return { ...variant, counters, instances: variant.instances.map((instance) => this.#pool(instance)) };
    });
    this.#routes.set(spec.endpointName, { ...spec, variants });
    this.#retireMissing(before, variants);
  }

  /** Takes the endpoint out of service. Requests under way finish. */
  withdraw(endpointName: string): void {
    const before = this.#routes.get(endpointName);
    this.#routes.delete(endpointName);
    this.#retireMissing(before, []);
  }

  /** The counters of every variant, and once more those of variants that have gone since the last call. */
  takeCounters(): VariantCounters[] {
    const left = this.#leftCounters;
    this.#leftCounters = [];
    for (const route of this.#routes.values()) for (const variant of route.variants) left.push(variant.counters);
    return left;
  }

  /** Requests that the instance has not answered yet, whether or not it still gets new ones. */
  outstanding(workloadId: string): number {
    return (this.#pools.get(workloadId) ?? this.#draining.get(workloadId))?.outstanding ?? 0;
  }

  /** Calls `listener` once when the instance has no request outstanding: at once when it has none now. */
  whenIdle(workloadId: string, listener: () => void): void {
    const pool = this.#pools.get(workloadId) ?? this.#draining.get(workloadId);
    if (pool === undefined || pool.outstanding === 0) return listener();
    const earlier = pool.onIdle;
    pool.onIdle = () => {
      pool.onIdle = undefined;
      earlier?.();
      listener();
    };
  }

  /** An instance refused or broke a connection: whoever watches instances may want to look at it now. */
  onSuspect(listener: (workloadId: string) => void): () => void {
    this.#suspectListeners.add(listener);
    return () => this.#suspectListeners.delete(listener);
  }

  suspect(pool: InstancePool): void {
    for (const listener of this.#suspectListeners) listener(pool.workloadId);
  }

  /** Ends connections that have been unused for long. Called now and then, off the request path. */
  dropIdleConnections(): void {
    const now = performance.now();
    for (const pool of this.#pools.values()) pool.dropIdle(now);
  }

  /** Ends every connection that carries nothing, and forgets all routes. */
  close(): void {
    for (const endpointName of this.#routes.keys()) this.withdraw(endpointName);
  }

  #pool({ workloadId, address }: InstanceRouteSpec): InstancePool {
    const known = this.#pools.get(workloadId);
    if (known?.address === address) return known;
    known?.retire();
    const pool = new InstancePool(workloadId, address, this.#limits);
    this.#pools.set(workloadId, pool);
    return pool;
  }

  #retireMissing(before: EndpointRoute | undefined, variants: readonly VariantRoute[]): void {
    const counted = new Set(variants.map((variant) => variant.counters));
    for (const { counters } of before?.variants ?? []) if (!counted.has(counters)) this.#leftCounters.push(counters);
    const kept = new Set(variants.flatMap((variant) => variant.instances));
    for (const pool of before?.variants.flatMap((variant) => variant.instances) ?? []) {
      if (kept.has(pool)) continue;
      if (this.#pools.get(pool.workloadId) === pool) this.#pools.delete(pool.workloadId);
      pool.retire();
      if (pool.outstanding === 0) continue;
      this.#draining.set(pool.workloadId, pool);
      this.whenIdle(pool.workloadId, () => this.#draining.delete(pool.workloadId));
    }
  }
}
