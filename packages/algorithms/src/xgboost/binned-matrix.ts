/** Rows as numbers of bins, which histograms are built from. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Matrix } from './matrix.ts';
import { mostDenseBins, type Cuts } from './quantile-cuts.ts';

export interface BinnedMatrix {
  readonly cuts: Cuts;
  readonly rows: number;
  readonly features: number;
  /** A byte per cell by row (dense), or a number per entry (sparse). */
  readonly bins: number;
  /** Bytes from one dense row to the next. */
  readonly stride: number;
  /** A byte per cell by column; 0 of sparse rows. */
  readonly columns: number;
  /** Of sparse rows. */
  readonly starts: number;
  /** First bin of each feature in a histogram, and the number of all bins at the end. */
  readonly offsets: HeapArray<Int32Array>;
  /** Bins of each feature that values fall into; dense features with missing values have one more. */
  readonly counts: HeapArray<Int32Array>;
  readonly totalBins: number;
  release(): void;
}

/** Small, because a kernel that is new gets better with the next block. */
const rowGrain = 2048;
const mostBlocks = 8192;

export function binMatrix(kernels: Kernels, matrix: Matrix, cuts: Cuts): BinnedMatrix {
  const { heap, pool } = kernels;
  const { rows, columns: features } = matrix;
  const counts = heap.int32(Math.max(1, features));
  for (let feature = 0; feature < features; feature++)
    counts.values[feature] = (cuts.starts[feature + 1] ?? 0) - (cuts.starts[feature] ?? 0);
  const offsets = heap.int32(features + 1);
  const span = { items: rows, grain: Math.max(rowGrain, Math.ceil(rows / mostBlocks)) };
  const owned = [counts.pointer, offsets.pointer];
  let layout: Pick<BinnedMatrix, 'bins' | 'stride' | 'columns' | 'starts'>;
  if (matrix.kind === 'dense') {
    const stride = Math.ceil(features / 16) * 16;
    const bins = heap.allocate(rows * stride);
    const columns = heap.allocate(rows * features);
    owned.push(bins, columns);
    const table = cutTable(kernels, cuts);
    pool.parallel('quantiles', 'bin_dense', span, [
      matrix.values.pointer,
      matrix.stride,
      features,
      table,
      counts.pointer,
      bins,
      stride,
      columns,
      rows,
    ]);
    heap.free(table);
    for (let feature = 0, first = 0; feature < features; feature++) {
      first += (counts.values[feature] ?? 0) + (cuts.missing[feature] ?? 0);
      offsets.values[feature + 1] = first;
    }
    layout = { bins, stride, columns, starts: 0 };
  } else {
    const entries = heap.allocate((matrix.starts.values[rows] ?? 0) * 4);
    const starts = heap.int32(rows + 1);
    starts.values.set(matrix.starts.values);
    owned.push(entries, starts.pointer);
    const cutValues = heap.float32(cuts.values.length);
    cutValues.values.set(cuts.values);
    const cutStarts = heap.int32(features + 1);
    cutStarts.values.set(cuts.starts);
    pool.parallel('quantiles', 'bin_sparse', span, [
      matrix.indices.pointer,
      matrix.values.pointer,
      matrix.starts.pointer,
      cutValues.pointer,
      cutStarts.pointer,
      entries,
    ]);
    heap.free(cutValues.pointer);
    heap.free(cutStarts.pointer);
    offsets.values.set(cuts.starts);
    layout = { bins: entries, stride: 0, columns: 0, starts: starts.pointer };
  }
  return {
    cuts,
    rows,
    features,
    ...layout,
    offsets,
    counts,
    totalBins: offsets.values[features] ?? 0,
    release: () => owned.forEach((pointer) => heap.free(pointer)),
  };
}

/** Of each feature every sixteenth cut, then all, so that a bin is found by two times sixteen comparisons at once; infinity where there are no more. */
function cutTable({ heap }: Kernels, { values, starts }: Cuts): number {
  const features = starts.length - 1;
  const table = heap.float32(features * (16 + mostDenseBins));
  table.values.fill(Number.POSITIVE_INFINITY);
  for (let feature = 0; feature < features; feature++) {
    const own = table.values.subarray(feature * (16 + mostDenseBins), (feature + 1) * (16 + mostDenseBins));
    own.set(values.subarray(starts[feature], starts[feature + 1]), 16);
    for (let sixteenth = 0; sixteenth < 16; sixteenth++) own[sixteenth] = own[31 + 16 * sixteenth] ?? 0;
  }
  return table.pointer;
}
