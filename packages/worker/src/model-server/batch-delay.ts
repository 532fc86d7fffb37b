/**
 * Whether a request shall wait for others to join it. Waiting pays where requests come from many callers at once; a single caller that waits for each
 * answer would only lose by it. So what waiting brought is remembered, and where it brought nothing it is only tried now and then.
 */
export class BatchDelay {
  readonly #delayMs: number;
  /** Requests that one wait has brought lately, on average. */
  #gain = 1;
  #skipped = 0;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Milliseconds to wait from the arrival of the oldest request; 0: not at all. */
  next(): number {
    if (this.#delayMs === 0 || this.#gain >= WORTHWHILE) return this.#delayMs;
    this.#skipped += 1;
    if (this.#skipped < TRY_EVERY) return 0;
    this.#skipped = 0;
    return this.#delayMs;
  }

  /** `joined`: requests that came while one waited. */
  waited(joined: number): void {
    this.#gain += (joined - this.#gain) * WEIGHT;
  }
}

const WORTHWHILE = 0.5;
const TRY_EVERY = 32;
const WEIGHT = 0.2;
