/** Data in kernel memory: dense rows with NaN where a value is missing, or sparse rows. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';

export type Matrix = DenseMatrix | SparseMatrix;

export interface DenseMatrix {
  readonly kind: 'dense';
  readonly rows: number;
  readonly columns: number;
  /** Numbers from one row's start to the next. */
  readonly stride: number;
  readonly values: HeapArray<Float32Array>;
}

export interface SparseMatrix {
  readonly kind: 'sparse';
  readonly rows: number;
  readonly columns: number;
  /** Where the entries of each row begin, and their number at the end. */
  readonly starts: HeapArray<Int32Array>;
  /** Columns, ascending within a row. */
  readonly indices: HeapArray<Int32Array>;
  readonly values: HeapArray<Float32Array>;
}

/** Rows with what is to be learnt of them. */
export interface DataSet {
  readonly matrix: Matrix;
  readonly labels: HeapArray<Float32Array>;
  /** Per row; of ranking, per group of rows. */
  readonly weights: HeapArray<Float32Array> | undefined;
  /** Where each query's rows begin, and the number of rows at the end; only of ranking data. */
  readonly groupStarts: Int32Array | undefined;
}

export function freeMatrix({ heap }: Kernels, matrix: Matrix): void {
  if (matrix.kind === 'sparse') {
    heap.free(matrix.starts.pointer);
    heap.free(matrix.indices.pointer);
  }
  heap.free(matrix.values.pointer);
}
