/** Centers in kernel memory, and the assignment of rows to them. */
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';

/** Rows in kernel memory, `rowStride(columns)` numbers each. */
export interface WeightedRows {
  readonly rows: number;
  readonly values: number;
  /** Pointer to a number per row; 0 when every row weighs 1. */
  readonly weights: number;
}

/** Blocks that have sums of their own at a time. A constant, so that the order of additions does not depend on the number of threads. */
const slotCount = 16;
const slotMemory = 67_108_864;
const blockRows = 4096;

export class Centers {
  readonly count: number;
  readonly columns: number;
  readonly stride: number;
  /** `count` rows of {@link stride} numbers; call {@link pack} after a change. */
  readonly values: HeapArray<Float32Array>;
  /** Of the last {@link assign} that collected: weighted sums of the rows per center, and their weights. */
  readonly sums: HeapArray<Float64Array>;
  readonly totals: HeapArray<Float64Array>;
  readonly #kernels: Kernels;
  readonly packed: HeapArray<Float32Array>;
  readonly norms: HeapArray<Float32Array>;
  /** Blocks that have sums of their own at a time, and the memory of those sums. */
  readonly slots: number;
  readonly slotMemory: number;

  constructor(kernels: Kernels, count: number, columns: number) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.count = count;
    this.columns = columns;
    this.stride = rowStride(columns);
    const places = Math.ceil(count / 8) * 8;
    this.values = heap.float32(count * this.stride);
    this.sums = heap.float64(count * this.stride);
    this.totals = heap.float64(count);
    this.packed = heap.float32(places * columns);
    this.norms = heap.float32(places);
    const slotBytes = (count * this.stride + rowStride(count)) * 4;
    this.slots = Math.max(1, Math.min(slotCount, Math.floor(slotMemory / slotBytes)));
    this.slotMemory = heap.allocate(this.slots * slotBytes);
  }

  pack(): void {
    const args = [this.values.pointer, this.count, this.columns, this.stride, this.packed.pointer, this.norms.pointer];
    this.#kernels.pool.call('kmeans', 'pack_centers', args);
  }

  /**
   * Writes the nearest center of each row to `labels` (a pointer to int32) and returns the weighted sum of squared distances. With `collect`,
   * {@link sums} and {@link totals} are filled too.
   */
  assign(rows: WeightedRows, labels: number, collect: boolean): number {
    const grain = Math.max(64, Math.min(blockRows, Math.ceil(rows.rows / this.slots / 4) * 4));
    const wave = collect ? grain * this.slots : grain * 4096;
    if (collect) {
      this.sums.values.fill(0);
      this.totals.values.fill(0);
    }
    let loss = 0;
    for (let first = 0; first < rows.rows; first += wave) {
      const span = { items: Math.min(wave, rows.rows - first), grain };
      const weights = rows.weights === 0 ? 0 : rows.weights + first * 4;
      const losses = this.#kernels.pool.parallel('kmeans', 'assign', span, [
        rows.values + first * this.stride * 4,
        this.columns,
        this.stride,
        this.values.pointer,
        this.packed.pointer,
        this.norms.pointer,
        this.count,
        weights,
        labels + first * 4,
        collect ? this.slotMemory : 0,
      ]);
      for (const part of losses) loss += part;
      if (!collect) continue;
      const args = [this.slotMemory, losses.length, this.count, this.stride, this.sums.pointer, this.totals.pointer];
      this.#kernels.pool.call('kmeans', 'collect_slots', args);
    }
    return loss;
  }

  /** Adds the sums of the first blocks to {@link sums} and {@link totals}. */
  collectSlots(blocks: number): void {
    const args = [this.slotMemory, blocks, this.count, this.stride, this.sums.pointer, this.totals.pointer];
    this.#kernels.pool.call('kmeans', 'collect_slots', args);
  }

  /** Moves each center to the mean of its rows; one without rows stays. By default these are the rows of {@link sums} and {@link totals}. */
  moveToMeans(sums: Float64Array = this.sums.values, totals: Float64Array = this.totals.values): void {
    for (let center = 0; center < this.count; center++) {
      const weight = totals[center] ?? 0;
      if (weight === 0) continue;
      for (let i = center * this.stride; i < (center + 1) * this.stride; i++)
        this.values.values[i] = (sums[i] ?? 0) / weight;
    }
    this.pack();
  }

  /** The numbers of a center, its padding included. */
  row(center: number): Float32Array {
    return this.values.values.subarray(center * this.stride, (center + 1) * this.stride);
  }

  release(): void {
    for (const array of [this.values, this.sums, this.totals, this.packed, this.norms])
      this.#kernels.heap.free(array.pointer);
    this.#kernels.heap.free(this.slotMemory);
  }
}
