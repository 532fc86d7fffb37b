/**
 * Random projections to fewer dimensions that keep distances and inner products, up to noise (Johnson-Lindenstrauss).
 *
 * `sign`: a matrix of random signs (Achlioptas: Database-friendly random projections, 2003). `fjlt`: random signs, a Walsh-Hadamard transform, and a
 * sparse matrix of normal numbers (Ailon, Chazelle: The fast Johnson-Lindenstrauss transform, 2009).
 */
import type { Kernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { Panels } from './panels.ts';

export const reductions = ['sign', 'fjlt'] as const;

export interface ReductionSettings {
  readonly type: (typeof reductions)[number];
  readonly seed: number;
  readonly target: number;
  /** Numbers in a row before. */
  readonly columns: number;
}

export interface Reduction {
  /** @param rows of `columns` numbers; resolves to new rows of `target` numbers. */
  apply(rows: Float32Array): Float32Array;
  release(): void;
}

/** Rows that are projected together. */
const batchRows = 4096;
const grain = 64;
/** ln(n)² for a million points: so dense must the sparse matrix be, divided by the width, for distances among n points to be kept. */
const density = Math.log(2 ** 20) ** 2;

export function openReduction(kernels: Kernels, settings: ReductionSettings): Reduction {
  return settings.type === 'sign' ? openSigns(kernels, settings) : openFjlt(kernels, settings);
}

function openSigns(kernels: Kernels, { seed, target, columns }: ReductionSettings): Reduction {
  const { pool } = kernels;
  const random = new Random(seed, 21);
  // Panels of inner products have no origin: the matrix lies in them as it is.
  const matrix = new Panels(kernels, {
    metric: 'inner-product',
    columns,
    rows: Float32Array.from({ length: target * columns }, () => (random.uint32() < 2 ** 31 ? -1 : 1)),
    ids: Int32Array.from({ length: target }, (_, row) => row),
    sizes: Int32Array.of(target),
  });
  const scale = 1 / Math.sqrt(target);
  return {
    apply: (rows) =>
      inBatches(kernels, rows, columns, target, (source, count, reduced) => {
        const args = [source, columns, matrix.values.pointer, target, scale, reduced];
        pool.parallel('projection', 'project', { items: count, grain }, args);
      }),
    release: () => matrix.release(),
  };
}

function openFjlt(kernels: Kernels, { seed, target, columns }: ReductionSettings): Reduction {
  const { heap, pool } = kernels;
  const random = new Random(seed, 22);
  const width = Math.max(4, 2 ** Math.ceil(Math.log2(columns)));
  const signs = heap.float32(columns);
  for (let i = 0; i < columns; i++) signs.values[i] = random.uint32() < 2 ** 31 ? -1 : 1;
  const share = Math.min(1, density / width);
  // The transform is not normalised (a factor of the square root of width), and every number of the result is one of `target` estimates.
  const deviation = Math.sqrt(1 / share / width / target);
  const starts = heap.int32(target + 1);
  const entries: { readonly column: number; readonly value: number }[] = [];
  for (let row = 0; row < target; row++) {
    for (let column = 0; column < width; column++) {
      if (random.uniform() < share) entries.push({ column, value: random.normal() * deviation });
    }
    starts.values[row + 1] = entries.length;
  }
  const places = heap.int32(entries.length);
  const values = heap.float32(entries.length);
  entries.forEach(({ column, value }, at) => {
    places.values[at] = column;
    values.values[at] = value;
  });
  const mixed = heap.allocate(batchRows * width * 4);
  return {
    apply: (rows) =>
      inBatches(kernels, rows, columns, target, (source, count, reduced) => {
        const span = { items: count, grain };
        pool.parallel('projection', 'hadamard', span, [source, columns, signs.pointer, width, mixed]);
        const matrix = [starts.pointer, places.pointer, values.pointer];
        pool.parallel('projection', 'project_sparse', span, [mixed, width, ...matrix, target, reduced]);
      }),
    release: () => {
      for (const pointer of [signs.pointer, starts.pointer, places.pointer, values.pointer, mixed]) heap.free(pointer);
    },
  };
}

function inBatches(
  { heap }: Kernels,
  rows: Float32Array,
  columns: number,
  target: number,
  reduce: (source: number, count: number, reduced: number) => void,
): Float32Array {
  const count = rows.length / columns;
  const result = new Float32Array(count * target);
  const most = Math.min(count, batchRows);
  const source = heap.float32(most * columns);
  const reduced = heap.float32(most * target);
  for (let first = 0; first < count; first += most) {
    const own = Math.min(most, count - first);
    source.values.set(rows.subarray(first * columns, (first + own) * columns));
    reduce(source.pointer, own, reduced.pointer);
    result.set(reduced.values.subarray(0, own * target), first * target);
  }
  heap.free(source.pointer);
  heap.free(reduced.pointer);
  return result;
}
