/**
 * What happened to the requests of one variant: totals since start for `/metrics`, and what is new since the last flush for CloudWatch. Adding to
 * them is a few additions; nothing is allocated.
 */

/** Upper bounds of the latency histogram, in microseconds: 0.5 ms to 60 s. */
export const latencyBoundsMicros: readonly number[] = [
  500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
  30_000_000, 60_000_000,
];

export type InvocationOutcome = 'ok' | 'client-error' | 'server-error' | 'no-answer' | 'rejected';

export class VariantCounters {
  readonly endpointName: string;
  readonly variantName: string;
  /** Instances in service, for InvocationsPerInstance. */
  instanceCount = 0;
  readonly total = new Counts();
  #fresh = new Counts();

  constructor(endpointName: string, variantName: string) {
    this.endpointName = endpointName;
    this.variantName = variantName;
  }

  /**
   * @param modelMicros time that the instance took, in microseconds; negative when the request reached none.
   * @param overheadMicros all other time between the arrival of the request and its answer, in microseconds.
   */
  add(outcome: InvocationOutcome, modelMicros: number, overheadMicros: number): void {
    this.total.add(outcome, modelMicros, overheadMicros, this.instanceCount);
    this.#fresh.add(outcome, modelMicros, overheadMicros, this.instanceCount);
  }

  /** What was added since the last call. */
  takeFresh(): Counts {
    const fresh = this.#fresh;
    this.#fresh = new Counts();
    return fresh;
  }
}

export class Counts {
  invocations = 0;
  perInstance = 0;
  clientErrors = 0;
  serverErrors = 0;
  modelErrors = 0;
  /** Requests that no instance was asked to answer: none in service, or too many waiting. */
  rejected = 0;
  readonly model = new Distribution();
  readonly overhead = new Distribution();

  add(outcome: InvocationOutcome, modelMicros: number, overheadMicros: number, instances: number): void {
    if (outcome === 'rejected') {
      this.rejected += 1;
      return;
    }
    this.invocations += 1;
    this.perInstance += 1 / Math.max(1, instances);
    if (outcome === 'client-error') this.clientErrors += 1;
    if (outcome === 'server-error') this.serverErrors += 1;
    if (outcome !== 'ok') this.modelErrors += 1;
    if (modelMicros >= 0) this.model.add(modelMicros);
    this.overhead.add(overheadMicros);
  }
}

export class Distribution {
  count = 0;
  sum = 0;
  min = Infinity;
  max = 0;
  /** Observations per bucket of {@link latencyBoundsMicros}; the last one counts those above every bound. */
  readonly buckets = new Float64Array(latencyBoundsMicros.length + 1);

  add(micros: number): void {
    this.count += 1;
    this.sum += micros;
    if (micros < this.min) this.min = micros;
    if (micros > this.max) this.max = micros;
    let bucket = 0;
    while (bucket < latencyBoundsMicros.length && micros > (latencyBoundsMicros[bucket] ?? Infinity)) bucket += 1;
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
  }
}
