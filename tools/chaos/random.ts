/** Draws that a seed repeats. One generator per purpose, so that how fast the machine is changes no other purpose's draws. */
export class Random {
  #state: number;

  constructor(seed: number, purpose: string) {
    this.#state = seed >>> 0;
    for (const letter of purpose) this.#state = (Math.imul(this.#state, 31) + letter.charCodeAt(0)) >>> 0;
  }

  /** At least 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }
}
