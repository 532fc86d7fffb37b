import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Counts } from './corpus.ts';

/** Sparse rows, each times its scale, times a matrix in kernel memory with rows of `stride` numbers (even). The product is the caller's to free. */
export function timesMatrix(
  kernels: Kernels,
  counts: Counts,
  scales: Float64Array,
  matrix: number,
  stride: number,
): HeapArray<Float64Array> {
  const { heap, pool } = kernels;
  const factors = heap.float64(counts.rows);
  factors.values.set(scales);
  const product = heap.float64(counts.rows * stride);
  pool.parallel('lda', 'times_matrix', rowSpan(counts.rows), [
    counts.starts,
    counts.keys,
    counts.values,
    factors.pointer,
    matrix,
    stride,
    product.pointer,
  ]);
  heap.free(factors.pointer);
  return product;
}

/** Blocks by the data alone, so that sums over them do not depend on the threads. */
export function rowSpan(rows: number): { readonly items: number; readonly grain: number } {
  return { items: rows, grain: Math.max(64, Math.ceil(rows / 4096)) };
}
