/** Rows of nodes: split in two, and added up to histograms. Each thread has a range of rows of its own, in which a node's rows lie together. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import type { GrowingNode } from './growing-node.ts';

/** Which rows of a node are added up: none, those that go left or right, or all of a node that is not split. */
export type Side = 'none' | 'left' | 'right' | 'all';

export interface Step {
  readonly node: GrowingNode;
  /** Split the node by its best split. */
  readonly split: boolean;
  readonly side: Side;
  /** The histogram of the first range, if a side is added up. */
  readonly histogram: number;
}

const stepWords = 12;
const sides: readonly Side[] = ['none', 'left', 'right', 'all'];
/** Fewer rows are not worth a second thread. */
const leastRange = 2048;
const bufferBytes = 8192;

export class RowSteps {
  readonly #kernels: Kernels;
  readonly #binned: BinnedMatrix;
  readonly ranges: number;
  readonly #bounds: Int32Array;
  readonly #rows: HeapArray<Int32Array>;
  readonly #scratch: number;
  readonly #buffers: number;
  readonly #bufferRows: number;
  /** Categories that go right, of steps that split by them. */
  #bits: HeapArray<Int32Array> | undefined;
  #table = 0;
  #tableSteps = 0;

  constructor(kernels: Kernels, binned: BinnedMatrix) {
    const { heap, pool } = kernels;
    this.#kernels = kernels;
    this.#binned = binned;
    this.ranges = Math.max(1, Math.min(pool.threads, Math.floor(binned.rows / leastRange)));
    this.#bounds = Int32Array.from({ length: this.ranges + 1 }, (_, range) =>
      Math.floor((binned.rows * range) / this.ranges),
    );
    this.#rows = heap.int32(binned.rows);
    this.#scratch = heap.allocate(binned.rows * 4);
    this.#bufferRows = Math.max(16, Math.min(256, Math.floor(bufferBytes / Math.max(1, binned.stride))));
    this.#buffers = heap.allocate(this.ranges * this.#bufferRows * (binned.stride + 16));
  }

  /** All rows, in their order: those of a root. */
  restart(): { lo: Int32Array; hi: Int32Array } {
    const { values } = this.#rows;
    for (let row = 0; row < values.length; row++) values[row] = row;
    return { lo: this.#bounds.slice(0, -1), hi: this.#bounds.slice(1) };
  }

  /** The rows of a node. */
  *rowsOf({ lo, hi }: GrowingNode): Generator<number> {
    for (let range = 0; range < this.ranges; range++) yield* this.#rows.values.subarray(lo[range] ?? 0, hi[range] ?? 0);
  }

  /** Histograms of ranges after the first go to `parts` + ((range - 1) × steps + step) × `histogramBytes`. Returns where the right side of each split node begins, by step and range. */
  run(steps: readonly Step[], gradients: number, parts: number, histogramBytes: number): Int32Array[] {
    const { heap, pool } = this.#kernels;
    const binned = this.#binned;
    if (this.#tableSteps < steps.length) {
      if (this.#table !== 0) heap.free(this.#table);
      this.#tableSteps = steps.length * 2;
      this.#table = heap.allocate(this.#tableSteps * this.ranges * stepWords * 4);
    }
    const bits = this.#writeBits(steps);
    const table = heap.viewInt32(this.#table, steps.length * this.ranges * stepWords);
    for (let range = 0; range < this.ranges; range++) {
      for (const [index, step] of steps.entries()) {
        const histogram = range === 0 ? step.histogram : parts + ((range - 1) * steps.length + index) * histogramBytes;
        this.#write(table, (range * steps.length + index) * stepWords, step, range, histogram, bits[index] ?? 0);
      }
    }
    pool.parallel('boosting', 'take_steps', { items: this.ranges, grain: 1 }, [
      binned.bins,
      binned.stride,
      binned.features,
      binned.columns,
      binned.starts,
      binned.rows,
      binned.offsets.pointer,
      binned.totalBins,
      gradients,
      this.#rows.pointer,
      this.#scratch,
      this.#buffers,
      this.#bufferRows,
      this.#table,
      steps.length,
    ]);
    return steps.map((_, index) =>
      Int32Array.from(
        { length: this.ranges },
        (_range, range) => table[(range * steps.length + index) * stepWords + 7] ?? 0,
      ),
    );
  }

  /** Adds each leaf's value to the margins of its rows. */
  addLeaves(
    leaves: readonly { readonly node: GrowingNode; readonly value: number }[],
    margins: number,
    groups: number,
    group: number,
  ): void {
    const { heap, pool } = this.#kernels;
    const pointer = heap.allocate(leaves.length * this.ranges * 12);
    const words = heap.viewInt32(pointer, leaves.length * this.ranges * 3);
    const values = heap.viewFloat32(pointer, words.length);
    for (let range = 0; range < this.ranges; range++) {
      for (const [index, { node, value }] of leaves.entries()) {
        const at = (range * leaves.length + index) * 3;
        words[at] = node.lo[range] ?? 0;
        words[at + 1] = node.hi[range] ?? 0;
        values[at + 2] = value;
      }
    }
    pool.parallel('boosting', 'add_leaves', { items: this.ranges, grain: 1 }, [
      this.#rows.pointer,
      margins,
      groups,
      group,
      pointer,
      leaves.length,
    ]);
    heap.free(pointer);
  }

  release(): void {
    for (const pointer of [this.#rows.pointer, this.#scratch, this.#buffers, this.#table, this.#bits?.pointer ?? 0])
      if (pointer !== 0) this.#kernels.heap.free(pointer);
  }

  /** Where the categories of each step lie; 0 where it does not split by them. */
  #writeBits(steps: readonly Step[]): number[] {
    const { heap } = this.#kernels;
    const sets = steps.map(({ node, split }) => (split ? node.best?.bits : undefined));
    const words = sets.reduce((sum, set) => sum + (set?.length ?? 0), 0);
    if ((this.#bits?.values.length ?? 0) < words) {
      if (this.#bits !== undefined) heap.free(this.#bits.pointer);
      this.#bits = heap.int32(2 * words);
    }
    let free = 0;
    return sets.map((set) => {
      if (set === undefined || this.#bits === undefined) return 0;
      this.#bits.values.set(set, free);
      free += set.length;
      return this.#bits.pointer + (free - set.length) * 4;
    });
  }

  #write(table: Int32Array, at: number, step: Step, range: number, histogram: number, bits: number): void {
    const { node } = step;
    const { offsets, counts, columns } = this.#binned;
    const best = step.split ? node.best : undefined;
    const feature = best?.feature ?? 0;
    const missingLeft = best?.missingLeft === true;
    const missingBin = missingLeft ? (counts.values[feature] ?? 0) : -1;
    table.set(
      [
        best === undefined ? -1 : feature,
        best?.bin ?? 0,
        node.lo[range] ?? 0,
        node.hi[range] ?? 0,
        sides.indexOf(step.side),
        columns === 0 ? Number(missingLeft) : missingBin,
        histogram,
        0,
        offsets.values[feature] ?? 0,
        offsets.values[feature + 1] ?? 0,
        bits,
      ],
      at,
    );
  }
}
