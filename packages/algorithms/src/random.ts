/** A seeded generator of random numbers (sfc32): small, fast, and the same on every machine. */
export class Random {
  #a: number;
  #b: number;
  #c = 1;
  #counter = 1;

  /** `stream` tells apart generators that share a seed. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    // The first numbers still look like the seed.
    for (let i = 0; i < 16; i++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** In [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67_108_864 + (this.uint32() >>> 6)) / 9_007_199_254_740_992;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Standard normal. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `count` different numbers in [0, below), in random order. */
  sample(count: number, below: number): number[] {
    const moved = new Map<number, number>();
    const chosen: number[] = [];
    for (let i = 0; i < count; i++) {
      const at = i + this.below(below - i);
      chosen.push(moved.get(at) ?? at);
      moved.set(at, moved.get(i) ?? i);
    }
    return chosen;
  }
}
