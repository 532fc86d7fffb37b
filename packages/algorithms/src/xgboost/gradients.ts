/** Gradients of one tree as whole numbers, so that their sums are exact. */
import type { Collective } from '../collective/collective.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';

export interface WholeGradients {
  /** Two 32-bit numbers per row. */
  readonly pointer: number;
  /** What 1 stands for: powers of two, so that a product is exact. */
  readonly units: { readonly g: number; readonly h: number };
  /** Sums over the rows of all hosts. */
  readonly g: number;
  readonly h: number;
}

const grain = 65_536;
/** The greatest gradient becomes about this large; thousands of millions of them fit a 64-bit sum. */
const bits = 30;

export class GradientScale {
  readonly #kernels: Kernels;
  readonly #collective: Collective;
  readonly #rows: number;
  readonly #whole: number;
  readonly #slots: HeapArray<Float64Array>;

  constructor(kernels: Kernels, collective: Collective, rows: number) {
    this.#kernels = kernels;
    this.#collective = collective;
    this.#rows = rows;
    this.#whole = kernels.heap.allocate(rows * 8);
    this.#slots = kernels.heap.float64(2 * Math.max(1, Math.ceil(rows / grain)));
  }

  /** `gradients`: two 32-bit floats per row. */
  async round(gradients: number): Promise<WholeGradients> {
    const { pool } = this.#kernels;
    const span = { items: this.#rows, grain };
    pool.parallel('boosting', 'greatest_gradients', span, [gradients, this.#slots.pointer]);
    const greatest = await this.#greatestOfHosts(this.#reduce(Math.max));
    const [scaleG = 1, scaleH = 1] = greatest.map((value) =>
      value > 0 && Number.isFinite(value) ? 2 ** (bits - Math.ceil(Math.log2(value))) : 1,
    );
    pool.parallel('boosting', 'quantise_gradients', span, [
      gradients,
      this.#whole,
      scaleG,
      scaleH,
      this.#slots.pointer,
    ]);
    const sums = Float64Array.from(this.#reduce((a, b) => a + b));
    await this.#collective.sum(sums);
    const units = { g: 1 / scaleG, h: 1 / scaleH };
    return { pointer: this.#whole, units, g: (sums[0] ?? 0) * units.g, h: (sums[1] ?? 0) * units.h };
  }

  release(): void {
    this.#kernels.heap.free(this.#whole);
    this.#kernels.heap.free(this.#slots.pointer);
  }

  #reduce(combine: (a: number, b: number) => number): [number, number] {
    let g = 0;
    let h = 0;
    for (let at = 0; at < this.#slots.values.length; at += 2) {
      g = combine(g, this.#slots.values[at] ?? 0);
      h = combine(h, this.#slots.values[at + 1] ?? 0);
    }
    return [g, h];
  }

  async #greatestOfHosts(own: [number, number]): Promise<[number, number]> {
    if (this.#collective.size === 1) return own;
    const all = await this.#collective.gather(new Uint8Array(Float64Array.from(own).buffer));
    const numbers = all.map((bytes) => new Float64Array(new Uint8Array(bytes).buffer));
    return [Math.max(...numbers.map(([g = 0]) => g)), Math.max(...numbers.map(([, h = 0]) => h))];
  }
}
