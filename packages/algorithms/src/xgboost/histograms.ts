/** Histograms in kernel memory: taken, given back, and added up over hosts. */
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';

/** More than this in histograms is not kept: those of waiting nodes are built again. */
const mostBytes = 512 * 2 ** 20;

export class Histograms {
  readonly #kernels: Kernels;
  readonly #totalBins: number;
  readonly bytes: number;
  readonly #free: number[] = [];
  readonly #all: number[] = [];
  #inUse = 0;

  constructor(kernels: Kernels, totalBins: number) {
    this.#kernels = kernels;
    this.#totalBins = totalBins;
    this.bytes = totalBins * 16;
  }

  /** Whether waiting nodes may keep theirs. */
  get plenty(): boolean {
    return this.#inUse * this.bytes < mostBytes;
  }

  take(): number {
    this.#inUse++;
    const kept = this.#free.pop();
    if (kept !== undefined) return kept;
    const pointer = this.#kernels.heap.allocate(this.bytes);
    this.#all.push(pointer);
    return pointer;
  }

  giveBack(pointer: number): void {
    if (pointer === 0) return;
    this.#inUse--;
    this.#free.push(pointer);
  }

  /** Adds up what the hosts have. Sums are whole numbers, so that their order makes no difference up to 2^53. */
  async sum(pointers: readonly number[], collective: Collective): Promise<void> {
    const { heap, pool } = this.#kernels;
    const doubles = heap.float64(pointers.length * this.#totalBins * 2);
    const at = (index: number): number => doubles.pointer + index * this.bytes;
    for (const [index, pointer] of pointers.entries())
      pool.call('boosting', 'histogram_to_doubles', [pointer, at(index), this.#totalBins]);
    // A copy, because the sockets do not take shared memory.
    const own = doubles.values.slice();
    await collective.sum(own);
    doubles.values.set(own);
    for (const [index, pointer] of pointers.entries())
      pool.call('boosting', 'histogram_from_doubles', [at(index), pointer, this.#totalBins]);
    heap.free(doubles.pointer);
  }

  release(): void {
    for (const pointer of this.#all) this.#kernels.heap.free(pointer);
    this.#all.length = 0;
    this.#free.length = 0;
  }
}
