/** What columns are measured in while products are added up: from where, and in which powers of two. */
import type { Collective } from '../collective/collective.ts';
import type { Batch } from '../data/batched-data.ts';
import { ClientError } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';

export interface Units {
  /** Near the mean of each column, so that sums of squares keep their digits. */
  readonly origin: Float64Array;
  /** Powers of two that make columns vary by about 1: no square leaves the range of 32 bits, and no digit is lost. */
  readonly scales: Float64Array;
}

/** Rows that are looked at. */
const sampleRows = 1024;

/** From the first batch of every host; the same on all of them. */
export async function unitsOf(kernels: Kernels, first: Batch, collective: Collective): Promise<Units> {
  const { columns, stride } = first;
  const rows = Math.min(first.rows, sampleRows);
  const values = kernels.heap.viewFloat32(first.values, rows * stride);
  const counted = new Float64Array(columns + 1);
  counted[columns] = rows;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < columns; i++) counted[i] = (counted[i] ?? 0) + (values[row * stride + i] ?? 0);
  await collective.sum(counted);
  const total = counted[columns] ?? 1;
  const origin = counted.subarray(0, columns).map((sum) => sum / total);
  const squares = new Float64Array(columns);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < columns; i++)
      squares[i] = (squares[i] ?? 0) + ((values[row * stride + i] ?? 0) - (origin[i] ?? 0)) ** 2;
  await collective.sum(squares);
  const scales = squares.map((square, i) => powerOfTwo(Math.sqrt(square / total), origin[i] ?? 0));
  return { origin, scales };
}

/** What to say when products left the range of 32 bits. `sums`: of squares, by feature. */
export function outOfRange(sums: ArrayLike<number>): ClientError {
  const sizes = Array.from(sums, (sum) => (Number.isFinite(sum) ? sum : Number.POSITIVE_INFINITY));
  const largest = sizes.reduce((best, size, i) => (size > (sizes[best] ?? 0) ? i : best), 0);
  return new ClientError(
    `feature ${largest} has values that are too large beside its first ones for 32 bits: scale it, or look for extreme values`,
  );
}

/** A column that does not vary at first is measured by its size. */
function powerOfTwo(deviation: number, mean: number): number {
  const size = deviation > Math.abs(mean) * 2 ** -22 ? deviation : Math.abs(mean);
  // Powers beyond these are no numbers of 32 bits.
  return size === 0 ? 1 : 2 ** -Math.max(-100, Math.min(100, Math.round(Math.log2(size))));
}
