/** The `Clock` seam for tests: time stands still until {@link SteppedClock.advance}. */
import type { Clock } from '../clock.ts';

export class SteppedClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = new Date('2025-01-01T00:00:00Z')) {
    this.#now = start.getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** How many sleep now: lets a test wait until the code under test has come to rest. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Moves time on, waking sleepers in the order of their times; each runs with the clock at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#earliest(end); next; next = this.#earliest(end)) {
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      // Lets what was woken run, and perhaps sleep again within the same step.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = end;
  }

  #earliest(end: number): Sleeper | undefined {
    let earliest: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until <= end && (!earliest || sleeper.until < earliest.until)) earliest = sleeper;
    }
    return earliest;
  }
}

interface Sleeper {
  until: number;
  wake: () => void;
}
