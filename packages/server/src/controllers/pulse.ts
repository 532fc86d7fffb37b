import type { Clock } from '../clock.ts';

/** Wakes one waiter. A beat while nobody waits is kept for the next wait, so that no hint falls between looking and sleeping. */
export class Pulse {
  readonly #clock: Clock;
  #beaten = false;
  #waiter: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  beat(): void {
    this.#beaten = true;
    this.#waiter?.abort();
  }

  /** Resolves after `ms`, or at the next beat, or at once when there was one since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#beaten) {
      this.#waiter = new AbortController();
      await this.#clock.sleep(ms, this.#waiter.signal);
      this.#waiter = undefined;
    }
    this.#beaten = false;
  }
}
