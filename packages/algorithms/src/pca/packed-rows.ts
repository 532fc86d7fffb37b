/**
 * A batch of rows in the form that products of columns are computed from: tiles of rows, each centred by its own mean and scaled, so that the products
 * in a tile keep their digits in 32 bits, however far from zero the rows are and however much columns differ in size.
 */
import type { Batch } from '../data/batched-data.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Units } from './units.ts';

/** Rows whose products are added up in 32 bits. */
export const tileRows = 256;
export const panelColumns = 8;
/** Numbers of a batch: as many as stay in a processor's cache. */
const batchNumbers = 2 ** 20;

export class PackedRows {
  readonly panels: number;
  readonly #kernels: Kernels;
  readonly #units: Units;
  readonly #scales: HeapArray<Float32Array>;
  readonly #packed: GrowingArray;
  readonly #means: GrowingArray;
  readonly #sums: GrowingArray;
  readonly #offsets: GrowingArray;
  readonly #totals: GrowingArray;
  #rows = 0;

  constructor(kernels: Kernels, units: Units) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#units = units;
    this.panels = Math.ceil(units.origin.length / panelColumns);
    this.#scales = heap.float32(this.width);
    this.#scales.values.set(units.scales);
    this.#packed = new GrowingArray(heap);
    this.#means = new GrowingArray(heap);
    this.#sums = new GrowingArray(heap);
    this.#offsets = new GrowingArray(heap);
    this.#totals = new GrowingArray(heap);
  }

  /** Columns with the padding of the last panel. */
  get width(): number {
    return this.panels * panelColumns;
  }

  get tiles(): number {
    return Math.ceil(this.#rows / tileRows);
  }

  get pointer(): number {
    return this.#packed.pointer;
  }

  /** Per tile and column: the tile's mean less the origin of all rows, in the units of the packed rows. */
  get offsets(): HeapArray<Float64Array> {
    return this.#perTile(this.#offsets);
  }

  /** Per tile and column: what the centring in 32 bits has left: the sum of the packed rows. */
  get sums(): HeapArray<Float64Array> {
    return this.#perTile(this.#sums);
  }

  /** Per tile and column: the sum of the rows less the origin. */
  get totals(): HeapArray<Float64Array> {
    return this.#perTile(this.#totals);
  }

  pack(batch: Batch): void {
    this.#rows = batch.rows;
    const { tiles, width } = this;
    this.#packed.reserve(tiles * tileRows * width * 4);
    this.#means.reserve(tiles * width * 4);
    for (const array of [this.#sums, this.#offsets, this.#totals]) array.reserve(tiles * width * 8);
    this.#kernels.pool.parallel('pca', 'pack_tiles', { items: tiles, grain: 1 }, [
      batch.values,
      batch.stride,
      batch.rows,
      tileRows,
      this.panels,
      this.#scales.pointer,
      this.#packed.pointer,
      this.#means.pointer,
      this.#sums.pointer,
    ]);
    this.#compareWithOrigin();
  }

  release(): void {
    this.#kernels.heap.free(this.#scales.pointer);
    for (const array of [this.#packed, this.#means, this.#sums, this.#offsets, this.#totals]) array.release();
  }

  #compareWithOrigin(): void {
    const { width } = this;
    const means = this.#kernels.heap.viewFloat32(this.#means.pointer, this.tiles * width);
    const { origin, scales } = this.#units;
    const [offsets, sums, totals] = [this.offsets.values, this.sums.values, this.totals.values];
    for (let tile = 0; tile < this.tiles; tile++) {
      const count = Math.min(tileRows, this.#rows - tile * tileRows);
      for (let i = 0, at = tile * width; i < width; i++, at++) {
        const offset = ((means[at] ?? 0) - (origin[i] ?? 0)) * (scales[i] ?? 0);
        offsets[at] = offset;
        totals[at] = (sums[at] ?? 0) + count * offset;
      }
    }
  }

  #perTile(array: GrowingArray): HeapArray<Float64Array> {
    return {
      pointer: array.pointer,
      values: this.#kernels.heap.viewFloat64(array.pointer, this.tiles * this.width),
    };
  }
}

/** Rows of a batch: whole tiles, at least as many as asked for. */
export function batchRows(asked: number, columns: number): number {
  return tileRows * Math.max(1, Math.ceil(asked / tileRows), Math.floor(batchNumbers / columns / tileRows));
}
