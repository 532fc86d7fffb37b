/**
 * Whether a request shall wait for others to join it. Waiting pays where requests come from many callers at once; a single caller that waits for each
 * answer would only lose by it. So what waiting brought is remembered, and where it brought nothing it is only tried now and then.
 */
export class BatchDelay {
  /** What the user asks for, in milliseconds; `undefined`: a part of what a batch takes, where that is long enough for it. */
  asked: number | undefined;
  /** Milliseconds that a batch has taken lately. */
  #workMs = 0;
  /** Requests that one wait has brought lately, on average. */
  #gain = 1;
  #skipped = 0;

  /** Milliseconds to wait from the arrival of the oldest request; 0: not at all. */
  next(): number {
    const delay = this.asked ?? (this.#workMs < WORTH_A_TIMER_MS ? 0 : Math.min(LONGEST_MS, this.#workMs / 4));
    if (delay === 0 || this.#gain >= WORTHWHILE) return delay;
    this.#skipped += 1;
    if (this.#skipped < TRY_EVERY) return 0;
    this.#skipped = 0;
    return delay;
  }

  /** `joined`: requests that came while one waited. */
  waited(joined: number): void {
    this.#gain += (joined - this.#gain) * WEIGHT;
  }

  worked(milliseconds: number): void {
    this.#workMs += (milliseconds - this.#workMs) * WEIGHT;
  }
}

const WORTH_A_TIMER_MS = 2;
const LONGEST_MS = 2;
const WORTHWHILE = 0.5;
const TRY_EVERY = 32;
const WEIGHT = 0.2;
