/** The same rows dense or sparse: where a sparse row has nothing, a dense one has NaN. */
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { DataSet, DenseMatrix, Matrix, SparseMatrix } from './matrix.ts';

export function toDense({ heap }: Kernels, matrix: Matrix): DenseMatrix {
  if (matrix.kind === 'dense') return matrix;
  const { rows, columns, starts, indices, values } = matrix;
  const stride = rowStride(columns);
  const dense = heap.float32(rows * stride);
  dense.values.fill(Number.NaN);
  for (let row = 0; row < rows; row++)
    for (let at = starts.values[row] ?? 0; at < (starts.values[row + 1] ?? 0); at++)
      dense.values[row * stride + (indices.values[at] ?? 0)] = values.values[at] ?? 0;
  return { kind: 'dense', rows, columns, stride, values: dense };
}

export function toSparse({ heap }: Kernels, matrix: Matrix): SparseMatrix {
  if (matrix.kind === 'sparse') return matrix;
  const { rows, columns, stride, values } = matrix;
  let count = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      if (!Number.isNaN(values.values[row * stride + column] ?? Number.NaN)) count++;
  const starts = heap.int32(rows + 1);
  const indices = heap.int32(count);
  const numbers = heap.float32(count);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = values.values[row * stride + column] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      indices.values[at] = column;
      numbers.values[at++] = value;
    }
    starts.values[row + 1] = at;
  }
  return { kind: 'sparse', rows, columns, starts, indices, values: numbers };
}

/** Hosts may have seen different features: all take the greatest number of them. */
export function withColumns(matrix: Matrix, columns: number): Matrix {
  return matrix.kind === 'sparse' ? { ...matrix, columns } : matrix;
}

/** Some rows of data without queries, in this order. */
export function selectRows(kernels: Kernels, { matrix, labels, weights }: DataSet, rows: Int32Array): DataSet {
  const { heap } = kernels;
  const pick = (from: Float32Array): ReturnType<typeof heap.float32> => {
    const own = heap.float32(rows.length);
    for (const [at, row] of rows.entries()) own.values[at] = from[row] ?? 0;
    return own;
  };
  const picked = { labels: pick(labels.values), weights: weights === undefined ? undefined : pick(weights.values) };
  if (matrix.kind === 'dense') {
    const { stride } = matrix;
    const values = heap.float32(rows.length * stride);
    for (const [at, row] of rows.entries())
      values.values.set(matrix.values.values.subarray(row * stride, (row + 1) * stride), at * stride);
    return { ...picked, matrix: { ...matrix, rows: rows.length, values }, groupStarts: undefined };
  }
  const starts = heap.int32(rows.length + 1);
  const range = (row: number): [number, number] => [matrix.starts.values[row] ?? 0, matrix.starts.values[row + 1] ?? 0];
  for (const [at, row] of rows.entries()) {
    const [from, to] = range(row);
    starts.values[at + 1] = (starts.values[at] ?? 0) + to - from;
  }
  const count = starts.values[rows.length] ?? 0;
  const indices = heap.int32(count);
  const values = heap.float32(count);
  for (const [at, row] of rows.entries()) {
    const [from, to] = range(row);
    indices.values.set(matrix.indices.values.subarray(from, to), starts.values[at]);
    values.values.set(matrix.values.values.subarray(from, to), starts.values[at]);
  }
  return { ...picked, matrix: { ...matrix, rows: rows.length, starts, indices, values }, groupStarts: undefined };
}

/** Rows of two sets behind one another, without queries. */
export function joinRows(kernels: Kernels, first: DataSet, second: DataSet): DataSet {
  const { heap } = kernels;
  const join = (a: Float32Array, b: Float32Array): ReturnType<typeof heap.float32> => {
    const both = heap.float32(a.length + b.length);
    both.values.set(a);
    both.values.set(b, a.length);
    return both;
  };
  const ones = (count: number): Float32Array => new Float32Array(count).fill(1);
  const rows = first.matrix.rows + second.matrix.rows;
  const labels = join(first.labels.values, second.labels.values);
  const weighted = first.weights !== undefined || second.weights !== undefined;
  const weights = weighted
    ? join(first.weights?.values ?? ones(first.matrix.rows), second.weights?.values ?? ones(second.matrix.rows))
    : undefined;
  const columns = Math.max(first.matrix.columns, second.matrix.columns);
  if (first.matrix.kind === 'dense' && second.matrix.kind === 'dense') {
    const values = join(first.matrix.values.values, second.matrix.values.values);
    return { labels, weights, groupStarts: undefined, matrix: { ...first.matrix, rows, values } };
  }
  const [a, b] = [toSparse(kernels, first.matrix), toSparse(kernels, second.matrix)];
  const count = a.indices.values.length + b.indices.values.length;
  const indices = heap.int32(count);
  indices.values.set(a.indices.values);
  indices.values.set(b.indices.values, a.indices.values.length);
  const starts = heap.int32(rows + 1);
  starts.values.set(a.starts.values);
  starts.values.set(
    b.starts.values.map((start) => start + a.indices.values.length),
    a.rows,
  );
  const values = join(a.values.values, b.values.values);
  return {
    labels,
    weights,
    groupStarts: undefined,
    matrix: { kind: 'sparse', rows, columns, starts, indices, values },
  };
}
