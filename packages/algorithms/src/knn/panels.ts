/** Rows in kernel memory in the order of lists, eight side by side, as the scanning kernels want them. */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Metric } from './metric.ts';

const width = 8;
/** Places that are packed in one go. */
const chunkPlaces = 16_384;
/** Rows that the origin is taken from. */
const originRows = 10_000;

export interface PanelRows {
  readonly metric: Metric;
  readonly columns: number;
  /** List by list, without padding. */
  readonly rows: Float32Array;
  /** Number of each row. */
  readonly ids: Int32Array;
  readonly sizes: Int32Array;
}

export class Panels {
  readonly metric: Metric;
  readonly columns: number;
  readonly lists: number;
  readonly rows: number;
  readonly values: HeapArray<Float32Array>;
  readonly norms: HeapArray<Float32Array>;
  /** The row's number at each place, -1 where there is none. */
  readonly ids: HeapArray<Int32Array>;
  /** The first panel of each list, and the end of the last one. */
  readonly starts: HeapArray<Int32Array>;
  /** Subtracted from rows and queries, so that numbers far from zero lose no digits in 32 bits; zeros for inner products. */
  readonly origin: Float32Array;
  readonly #kernels: Kernels;

  constructor(kernels: Kernels, { metric, columns, rows, ids, sizes }: PanelRows) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.metric = metric;
    this.columns = columns;
    this.lists = sizes.length;
    this.rows = ids.length;
    this.starts = heap.int32(sizes.length + 1);
    let panels = 0;
    sizes.forEach((size, list) => {
      this.starts.values[list] = panels;
      panels += Math.ceil(size / width);
    });
    this.starts.values[sizes.length] = panels;
    const pointer = heap.allocate(panels * width * columns * 4);
    this.values = { pointer, values: heap.viewFloat32(pointer, panels * width * columns) };
    this.norms = heap.float32(panels * width);
    this.ids = heap.int32(panels * width);
    this.ids.values.fill(-1);
    this.origin = metric === 'l2' ? originOf(rows, columns) : new Float32Array(columns);
    this.#pack(rows, ids, sizes);
  }

  /** Bytes of kernel memory that panels take at most. */
  static bytes(rows: number, columns: number, lists: number): number {
    return (rows + lists * (width - 1)) * (columns + 2) * 4 + chunkPlaces * columns * 4;
  }

  release(): void {
    for (const array of [this.values, this.norms, this.ids, this.starts]) this.#kernels.heap.free(array.pointer);
  }

  /** Rows go through a buffer with gaps where a list's last panel has no row. */
  #pack(rows: Float32Array, ids: Int32Array, sizes: Int32Array): void {
    const { columns } = this;
    const { heap } = this.#kernels;
    const buffer = heap.float32(chunkPlaces * columns);
    const origin = heap.float32(columns);
    origin.values.set(this.origin);
    let first = 0;
    let filled = 0;
    let row = 0;
    const flush = (): void => {
      if (filled > 0) this.#packChunk(buffer.pointer, origin.pointer, first, filled);
      first += filled;
      filled = 0;
    };
    for (const size of sizes) {
      for (let left = size; left > 0;) {
        const taken = Math.min(left, chunkPlaces - filled);
        buffer.values.set(rows.subarray(row * columns, (row + taken) * columns), filled * columns);
        this.ids.values.set(ids.subarray(row, row + taken), first + filled);
        left -= taken;
        row += taken;
        filled += Math.ceil(taken / width) * width;
        if (filled === chunkPlaces) flush();
      }
    }
    flush();
    heap.free(buffer.pointer);
    heap.free(origin.pointer);
  }

  #packChunk(rows: number, origin: number, first: number, places: number): void {
    this.#kernels.pool.parallel('knn', 'pack_rows', { items: places / width, grain: 64 }, [
      rows,
      this.ids.pointer + first * 4,
      origin,
      this.columns,
      this.metric === 'l2' ? 1 : 0,
      this.values.pointer + first * this.columns * 4,
      this.norms.pointer + first * 4,
    ]);
  }
}

/**
 * The mean of rows spread over all, rounded to a power of two near the spread: whole numbers stay whole, so that distances between them stay exact
 * and equal ones equal.
 */
function originOf(rows: Float32Array, columns: number): Float32Array {
  const count = rows.length / columns;
  const step = Math.max(1, Math.floor(count / originRows));
  const used = Math.ceil(count / step);
  const origin = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    const first = rows[column] ?? 0;
    let sum = 0;
    let squares = 0;
    for (let at = column; at < rows.length; at += step * columns) {
      const difference = (rows[at] ?? 0) - first;
      sum += difference;
      squares += difference * difference;
    }
    const spread = Math.sqrt(Math.max(0, squares / used - (sum / used) ** 2));
    const mean = first + sum / used;
    const grid = 2 ** Math.floor(Math.log2(spread));
    origin[column] = spread > 0 && Number.isFinite(grid) ? Math.round(mean / grid) * grid : first;
  }
  return origin;
}
