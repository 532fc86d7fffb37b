/** Sums of the products of all pairs of columns, in one pass over the rows. */
import type { Batch } from '../data/batched-data.ts';
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { tileRows, PackedRows } from './packed-rows.ts';
import type { Units } from './units.ts';

export class Scatter {
  rows = 0;
  /** Of the rows less the origin, in units. */
  readonly sums: Float64Array;
  readonly #kernels: Kernels;
  readonly #units: Units;
  readonly #packed: PackedRows;
  /** Only the panels from the diagonal on are filled while rows are added. */
  readonly #products: HeapArray<Float64Array>;

  constructor(kernels: Kernels, units: Units) {
    this.#kernels = kernels;
    this.#units = units;
    this.#packed = new PackedRows(kernels, units);
    this.sums = new Float64Array(units.origin.length);
    this.#products = kernels.heap.float64(this.#packed.width ** 2);
  }

  add(batch: Batch): void {
    const packed = this.#packed;
    packed.pack(batch);
    const { panels, totals, offsets, sums } = packed;
    this.#kernels.pool.parallel('pca', 'add_products', { items: panels, grain: 1 }, [
      packed.pointer,
      packed.pointer,
      batch.rows,
      tileRows,
      panels,
      panels,
      1,
      totals.pointer,
      offsets.pointer,
      offsets.pointer,
      sums.pointer,
      this.#products.pointer,
    ]);
    addTotals(this.sums, packed);
    this.rows += batch.rows;
  }

  /** Adds up what the hosts have. */
  async share(collective: Collective): Promise<void> {
    const counted = Float64Array.of(this.rows);
    await collective.sum(counted);
    this.rows = counted[0] ?? 0;
    await collective.sum(this.sums);
    await collective.sum(this.#products.values);
  }

  /**
   * The matrix of the sums over rows of (x - center)_i (x - center)_j, in the units of the data and with the columns that vary most first; the center is
   * the mean, or zero. Only what is on and right of the diagonal is filled. The matrix is the caller's to free. Also tells which column stands at each place.
   */
  matrix(centered: boolean): { readonly matrix: HeapArray<Float64Array>; readonly order: Int32Array } {
    const n = this.sums.length;
    const width = this.#packed.width;
    const products = this.#products.values;
    const { scales, origin } = this.#units;
    const { sums, rows } = this;
    // About another center the sum of products is larger by a_i b_j + b_i a_j + rows b_i b_j, where a are the sums.
    const away = sums.map((sum, i) => (centered ? -sum / rows : (origin[i] ?? 0) * (scales[i] ?? 0)));
    const moved = (i: number, j: number): number => {
      const about = products[i < j ? i * width + j : j * width + i] ?? 0;
      const p = away[i] ?? 0;
      const q = away[j] ?? 0;
      return (about + (sums[i] ?? 0) * q + (sums[j] ?? 0) * p + rows * p * q) / (scales[i] ?? 1) / (scales[j] ?? 1);
    };
    const variances = Float64Array.from({ length: n }, (_, i) => moved(i, i));
    const order = Int32Array.from(variances.keys()).sort((i, j) => (variances[j] ?? 0) - (variances[i] ?? 0) || i - j);
    const matrix = this.#kernels.heap.float64(n * n);
    const { values } = matrix;
    for (let i = 0; i < n; i++) {
      const own = order[i] ?? 0;
      for (let j = i; j < n; j++) values[i * n + j] = moved(own, order[j] ?? 0);
    }
    return { matrix, order };
  }

  release(): void {
    this.#packed.release();
    this.#kernels.heap.free(this.#products.pointer);
  }
}

/** Adds the sums of a batch's rows less the origin. */
export function addTotals(sums: Float64Array, packed: PackedRows): void {
  const { values } = packed.totals;
  for (let tile = 0; tile < packed.tiles; tile++)
    for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (values[tile * packed.width + i] ?? 0);
}
