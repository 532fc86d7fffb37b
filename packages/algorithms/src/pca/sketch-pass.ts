/** One pass over the rows X: (X - center)ᵀ (X - center) times a block of directions. */
import type { Batch } from '../data/batched-data.ts';
import type { Collective } from '../collective/collective.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { PackedRows, panelColumns, tileRows } from './packed-rows.ts';
import { addTotals } from './scatter.ts';
import type { Units } from './units.ts';

export class SketchPass {
  readonly #kernels: Kernels;
  readonly #units: Units;
  readonly #packed: PackedRows;
  readonly #count: number;
  readonly #squares: boolean;
  /** Columns of the products, padded to whole panels. */
  readonly #width: number;
  /** The directions in units: one row per column of the data. */
  readonly #block: Float64Array;
  readonly #basis: HeapArray<Float32Array>;
  readonly #projected: GrowingArray;
  readonly #offsets: GrowingArray;
  readonly #rests: GrowingArray;
  readonly #products: HeapArray<Float64Array>;
  /** Sums of the rows less the origin, in units; then of their squares; then the number of rows. */
  readonly #counted: Float64Array;

  /** `squares`: whether the trace is wanted, which costs some time. */
  constructor(kernels: Kernels, units: Units, directions: readonly Float64Array[], squares: boolean) {
    this.#squares = squares;
    const { heap } = kernels;
    const columns = units.origin.length;
    this.#kernels = kernels;
    this.#units = units;
    this.#packed = new PackedRows(kernels, units);
    this.#count = directions.length;
    const panels = Math.ceil(this.#count / panelColumns);
    this.#width = panels * panelColumns;
    this.#block = new Float64Array(columns * this.#width);
    this.#basis = heap.float32(this.#packed.width * this.#width);
    for (const [k, direction] of directions.entries()) {
      const panel = Math.floor(k / panelColumns) * this.#packed.width * panelColumns + (k % panelColumns);
      for (let i = 0; i < columns; i++) {
        const value = (direction[i] ?? 0) / (units.scales[i] ?? 1);
        this.#basis.values[panel + i * panelColumns] = value;
        // As the rows are multiplied by it.
        this.#block[i * this.#width + k] = Math.fround(value);
      }
    }
    this.#projected = new GrowingArray(heap);
    this.#offsets = new GrowingArray(heap);
    this.#rests = new GrowingArray(heap);
    this.#products = heap.float64(this.#packed.width * this.#width);
    this.#counted = new Float64Array(2 * columns + 1);
  }

  add(batch: Batch): void {
    const packed = this.#packed;
    packed.pack(batch);
    const { tiles, panels } = packed;
    const outputPanels = this.#width / panelColumns;
    const projected = this.#projected.reserve(tiles * tileRows * this.#width * 4);
    const offsets = this.#project(this.#offsets, packed.offsets.values);
    const rests = this.#project(this.#rests, packed.sums.values);
    const { pool } = this.#kernels;
    pool.parallel('pca', 'project_tiles', { items: tiles, grain: 1 }, [
      packed.pointer,
      batch.rows,
      tileRows,
      panels,
      this.#basis.pointer,
      outputPanels,
      projected,
    ]);
    pool.parallel('pca', 'add_products', { items: panels, grain: 1 }, [
      packed.pointer,
      projected,
      batch.rows,
      tileRows,
      panels,
      outputPanels,
      0,
      packed.totals.pointer,
      offsets,
      packed.offsets.pointer,
      rests,
      this.#products.pointer,
    ]);
    const columns = this.#units.origin.length;
    addTotals(this.#counted.subarray(0, columns), packed);
    if (this.#squares) this.#addSquares(batch);
    this.#counted[2 * columns] = (this.#counted[2 * columns] ?? 0) + batch.rows;
  }

  /** Sums of squares by feature, in units; of a pass that wants the trace. */
  get squares(): Float64Array {
    const columns = this.#units.origin.length;
    return this.#counted.subarray(columns, 2 * columns);
  }

  /** Adds up what the hosts have; resolves to whether any of them is to stop. */
  async share(collective: Collective, stopping: boolean): Promise<boolean> {
    const stops = Float64Array.of(stopping ? 1 : 0);
    await collective.sum(stops);
    await collective.sum(this.#counted);
    await collective.sum(this.#products.values);
    return stops[0] !== 0;
  }

  /** `images`: what the matrix makes of each direction. `total`: its trace, where it was wanted. */
  result(centered: boolean): {
    readonly mean: Float64Array;
    readonly total: number;
    readonly images: Float64Array[];
  } {
    const { origin, scales } = this.#units;
    const columns = origin.length;
    const rows = this.#counted[2 * columns] ?? 1;
    const sums = this.#counted.subarray(0, columns);
    const away = sums.map((sum, i) => (centered ? -sum / rows : (origin[i] ?? 0) * (scales[i] ?? 0)));
    let total = 0;
    for (let i = 0; i < columns; i++) {
      const [a, p] = [sums[i] ?? 0, away[i] ?? 0];
      total += ((this.#counted[columns + i] ?? 0) + 2 * a * p + rows * p * p) / (scales[i] ?? 1) ** 2;
    }
    const images = Array.from({ length: this.#count }, (_, k) => {
      let alongSums = 0;
      let alongAway = 0;
      for (let i = 0; i < columns; i++) {
        const direction = this.#block[i * this.#width + k] ?? 0;
        alongSums += (sums[i] ?? 0) * direction;
        alongAway += (away[i] ?? 0) * direction;
      }
      return sums.map(
        (sum, i) =>
          ((this.#products.values[i * this.#width + k] ?? 0) +
            sum * alongAway +
            (away[i] ?? 0) * (alongSums + rows * alongAway)) /
          (scales[i] ?? 1),
      );
    });
    const mean = origin.map((value, i) => (centered ? value + (sums[i] ?? 0) / rows / (scales[i] ?? 1) : 0));
    return { mean, total, images };
  }

  release(): void {
    this.#packed.release();
    for (const array of [this.#projected, this.#offsets, this.#rests]) array.release();
    this.#kernels.heap.free(this.#basis.pointer);
    this.#kernels.heap.free(this.#products.pointer);
  }

  /** Vectors per tile, times the directions. */
  #project(target: GrowingArray, vectors: Float64Array): number {
    const { tiles, width } = this.#packed;
    const columns = this.#units.origin.length;
    const pointer = target.reserve(tiles * this.#width * 8);
    const projected = this.#kernels.heap.viewFloat64(pointer, tiles * this.#width).fill(0);
    for (let tile = 0; tile < tiles; tile++) {
      const out = projected.subarray(tile * this.#width, (tile + 1) * this.#width);
      for (let i = 0; i < columns; i++) {
        const value = vectors[tile * width + i] ?? 0;
        for (let k = 0, at = i * this.#width; k < out.length; k++)
          out[k] = (out[k] ?? 0) + value * (this.#block[at + k] ?? 0);
      }
    }
    return pointer;
  }

  #addSquares(batch: Batch): void {
    const { origin, scales } = this.#units;
    const columns = origin.length;
    const values = this.#kernels.heap.viewFloat32(batch.values, batch.rows * batch.stride);
    for (let row = 0; row < batch.rows; row++)
      for (let i = 0; i < columns; i++) {
        const x = ((values[row * batch.stride + i] ?? 0) - (origin[i] ?? 0)) * (scales[i] ?? 0);
        this.#counted[columns + i] = (this.#counted[columns + i] ?? 0) + x * x;
      }
  }
}
