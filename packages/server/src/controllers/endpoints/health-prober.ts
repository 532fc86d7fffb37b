/**
 * Asks every running instance whether it is well. It works beside the reconciler, in memory: quick looks at an instance that starts cost no write,
 * and only a change of mind wakes the endpoint.
 */
import type { Clock } from '../../clock.ts';

export type Health =
  /** Has not been asked yet. */
  | 'unknown'
  /** Was asked, and has not answered /ping with 200 so far. */
  | 'unwell'
  | 'healthy'
  /** Was healthy, and has not answered for longer than a request may take. */
  | 'failing';

export type Ping = (address: string, timeoutMs: number) => Promise<boolean>;

/** SageMaker's own limit per try. */
const pingTimeoutMs = 2000;
const firstStepMs = 20;
const stepGrowth = 1.5;
const longestStepMs = 1000;
const healthyStepMs = 10_000;
/** A model server with one thread cannot answer /ping while it works on a request, which may take 60 s. */
const failingAfterMs = 75_000;

interface Watched {
  readonly address: string;
  readonly stop: AbortController;
  health: Health;
}

export class HealthProber {
  #clock: Clock;
  #ping: Ping;
  #onChange: (workloadId: string) => void = () => undefined;
  #watched = new Map<string, Watched>();

  constructor(clock: Clock, ping: Ping) {
    this.#clock = clock;
    this.#ping = ping;
  }

  /** Who hears of every change of an instance's health. */
  set onChange(listener: (workloadId: string) => void) {
    this.#onChange = listener;
  }

  /**
   * The health of an instance at an address; the first call begins to watch it.
   * @param before what is known of it from an earlier control plane.
   */
  look(workloadId: string, address: string, before: Health): Health {
    const known = this.#watched.get(workloadId);
    if (known?.address === address) return known.health;
    known?.stop.abort();
    const watched: Watched = { address, stop: new AbortController(), health: before };
    this.#watched.set(workloadId, watched);
    void this.#watch(workloadId, watched);
    return before;
  }

  forget(workloadId: string): void {
    this.#watched.get(workloadId)?.stop.abort();
    this.#watched.delete(workloadId);
  }

  close(): void {
    for (const workloadId of this.#watched.keys()) this.forget(workloadId);
  }

  async #watch(workloadId: string, watched: Watched): Promise<void> {
    const { signal } = watched.stop;
    let stepMs = firstStepMs;
    let lastWell = this.#clock.now().getTime();
    while (!signal.aborted) {
      const well = await this.#ping(watched.address, pingTimeoutMs);
      if (signal.aborted) return;
      const now = this.#clock.now().getTime();
      if (well) {
        lastWell = now;
        stepMs = healthyStepMs;
      } else {
        stepMs = stepMs === healthyStepMs ? longestStepMs : Math.min(stepMs * stepGrowth, longestStepMs);
      }
      const before = watched.health;
      if (well) watched.health = 'healthy';
      else if (before === 'unknown') watched.health = 'unwell';
      else if (before === 'healthy' && now - lastWell >= failingAfterMs) watched.health = 'failing';
      if (watched.health !== before && watched.health !== 'unwell') this.#onChange(workloadId);
      await this.#clock.sleep(stepMs, signal);
    }
  }
}
