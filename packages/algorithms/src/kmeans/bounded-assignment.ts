/**
 * Assignment for many iterations over the same rows: bounds on the distances tell which rows cannot have changed their center, and those are
 * neither compared nor added up again (Hamerly: Making k-means even faster, 2010). Gives what `Centers.assign` gives, but for ties.
 */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Centers, WeightedRows } from './centers.ts';

const blockRows = 4096;
/** Distances between all pairs of more centers than this cost more than they save. */
const mostForGaps = 256;

export class BoundedAssignment {
  readonly labels: HeapArray<Int32Array>;
  readonly #kernels: Kernels;
  readonly #rows: WeightedRows;
  readonly #centers: Centers;
  readonly #upper: number;
  readonly #lower: number;
  readonly #moved: HeapArray<Float32Array>;
  readonly #gaps: HeapArray<Float32Array>;
  #before: Float32Array;

  /** The rows must all weigh 1. */
  constructor(kernels: Kernels, rows: WeightedRows, centers: Centers) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#rows = rows;
    this.#centers = centers;
    this.labels = heap.int32(rows.rows);
    this.labels.values.fill(-1);
    this.#upper = heap.allocate(rows.rows * 4);
    this.#lower = heap.allocate(rows.rows * 4);
    this.#moved = heap.float32(centers.count);
    this.#gaps = heap.float32(centers.count);
    this.#before = centers.values.values.slice();
    centers.sums.values.fill(0);
    centers.totals.values.fill(0);
  }

  /** Brings labels and the centers' sums and totals up to date; returns how many rows changed their label. */
  update(): number {
    const centers = this.#centers;
    const { farthest, most, second } = this.#measureMoves();
    this.#measureGaps();
    const greatestNorm = centers.norms.values.subarray(0, centers.count).reduce((a, b) => Math.max(a, b), 0);
    const wave = blockRows * centers.slots;
    let changed = 0;
    for (let first = 0; first < this.#rows.rows; first += wave) {
      const span = { items: Math.min(wave, this.#rows.rows - first), grain: blockRows };
      const offset = first * 4;
      const args = [
        this.#rows.values + offset * centers.stride,
        centers.columns,
        centers.stride,
        centers.values.pointer,
        centers.packed.pointer,
        centers.norms.pointer,
        centers.count,
        this.labels.pointer + offset,
        centers.slotMemory,
        this.#upper + offset,
        this.#lower + offset,
        this.#moved.pointer,
        this.#gaps.pointer,
        farthest,
        most,
        second,
        greatestNorm,
        4e-6 + 1.2e-7 * centers.columns,
      ];
      const changes = this.#kernels.pool.parallel('kmeans', 'assign_bounded', span, args);
      const changedNow = changes.reduce((sum, part) => sum + part, 0);
      if (changedNow > 0) centers.collectSlots(changes.length);
      changed += changedNow;
    }
    return changed;
  }

  /** Rows whose labels were changed from outside, their sums included: their bounds no longer hold. */
  forget(rows: readonly number[]): void {
    const { heap } = this.#kernels;
    for (const row of rows) {
      heap.viewFloat32(this.#upper + row * 4, 1)[0] = Number.POSITIVE_INFINITY;
      heap.viewFloat32(this.#lower + row * 4, 1)[0] = 0;
    }
  }

  /** Sum of the squared distances of the rows to the centers that they are labelled with. */
  loss(): number {
    const args = [this.#rows.values, this.#centers.stride, this.#centers.values.pointer, this.labels.pointer];
    const span = { items: this.#rows.rows, grain: Math.max(blockRows, Math.ceil(this.#rows.rows / 8192)) };
    return this.#kernels.pool.parallel('kmeans', 'labelled_loss', span, args).reduce((sum, part) => sum + part, 0);
  }

  release(): void {
    for (const pointer of [this.labels.pointer, this.#upper, this.#lower, this.#moved.pointer, this.#gaps.pointer]) {
      this.#kernels.heap.free(pointer);
    }
  }

  #measureMoves(): { farthest: number; most: number; second: number } {
    const { count, stride, values } = this.#centers;
    let farthest = -1;
    let most = 0;
    let second = 0;
    for (let center = 0; center < count; center++) {
      const moved = distance(values.values, this.#before, center * stride, center * stride, stride);
      this.#moved.values[center] = moved;
      if (moved > most) {
        second = most;
        most = moved;
        farthest = center;
      } else if (moved > second) second = moved;
    }
    this.#before = values.values.slice();
    return { farthest, most, second };
  }

  #measureGaps(): void {
    const { count, stride, values } = this.#centers;
    const gaps = this.#gaps.values.fill(0);
    if (count > mostForGaps) return;
    gaps.fill(Number.POSITIVE_INFINITY);
    for (let a = 0; a < count; a++) {
      for (let b = 0; b < a; b++) {
        // A little less than half, so that rounding cannot make the bound false.
        const half = distance(values.values, values.values, a * stride, b * stride, stride) * 0.49999;
        if (half < (gaps[a] ?? 0)) gaps[a] = half;
        if (half < (gaps[b] ?? 0)) gaps[b] = half;
      }
    }
  }
}

function distance(a: Float32Array, b: Float32Array, aStart: number, bStart: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += ((a[aStart + i] ?? 0) - (b[bStart + i] ?? 0)) ** 2;
  return Math.sqrt(sum) * 1.000001;
}
