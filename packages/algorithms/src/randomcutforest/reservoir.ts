/** A uniform sample of a stream of unknown length, in one pass and flat memory (Park, Ostrouchov, Samatova, Geist 2004). */
import type { RowBlock } from '../formats/row-block.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { Random } from '../random.ts';

type Rows = Omit<RowBlock, 'place'>;

/**
 * Every row seen so far is in the sample with the same probability. Once the sample is full, the number of rows to pass over before the next one
 * comes in is drawn at once (Li 1994, algorithm L), so that a long stream costs few random numbers.
 */
export class Reservoir {
  readonly capacity: number;
  readonly stride: number;
  readonly #kernels: Kernels;
  readonly #random: Random;
  readonly #points: GrowingArray;
  #seen = 0;
  /** The number of the row that comes in next, once the sample is full. */
  #next = Number.POSITIVE_INFINITY;
  #weight = 1;

  constructor(kernels: Kernels, columns: number, capacity: number, random: Random) {
    this.#kernels = kernels;
    this.#random = random;
    this.#points = new GrowingArray(kernels.heap);
    this.capacity = capacity;
    this.stride = rowStride(columns);
  }

  /** Rows that the sample was drawn from. */
  get seen(): number {
    return this.#seen;
  }

  /** Rows in the sample. */
  get rows(): number {
    return Math.min(this.#seen, this.capacity);
  }

  /** Pointer to {@link rows} × {@link stride} numbers, until the next rows are added. */
  get pointer(): number {
    return this.#points.pointer;
  }

  add(block: Rows): void {
    const start = this.#seen;
    const taken = Math.min(block.rows, this.capacity - this.rows);
    if (taken > 0) {
      const rowBytes = this.stride * 4;
      this.#points.reserve((start + taken) * rowBytes, start * rowBytes);
      this.#copy(block, 0, start, taken);
      if (start + taken === this.capacity) this.#skip(this.capacity - 1);
    }
    this.#seen += block.rows;
    for (; this.#next < this.#seen; this.#skip(this.#next))
      this.#copy(block, this.#next - start, this.#random.below(this.capacity), 1);
  }

  release(): void {
    this.#points.release();
  }

  #skip(last: number): void {
    this.#weight *= Math.exp(Math.log(1 - this.#random.uniform()) / this.capacity);
    this.#next = last + 1 + Math.floor(Math.log(1 - this.#random.uniform()) / Math.log1p(-this.#weight));
  }

  #copy(block: Rows, from: number, to: number, rows: number): void {
    const bytes = this.stride * 4;
    const source = this.#kernels.heap.viewBytes(block.values + from * bytes, rows * bytes);
    this.#kernels.heap.viewBytes(this.pointer + to * bytes, rows * bytes).set(source);
  }
}
