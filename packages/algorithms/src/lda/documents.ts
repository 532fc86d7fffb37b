/** Documents as the words that occur in them. */
import type { SparseBlock } from '../data/sparse-batch.ts';
import { ClientError } from '../errors.ts';
import { checkedInstance, type Instance } from '../formats/instances.ts';

export type Documents = Omit<SparseBlock, 'labels'>;

/** Rows of `stride` numbers, of which the first `columns` are counts. */
export interface DenseDocuments extends Pick<Documents, 'rows' | 'place'> {
  readonly columns: number;
  readonly stride: number;
  readonly values: Float32Array;
}

export function withoutZeros({ rows, columns, stride, values: all, place }: DenseDocuments): Documents {
  const starts = new Int32Array(rows + 1);
  let count = 0;
  for (const value of all) if (value !== 0) count++;
  const [keys, values] = [new Int32Array(count), new Float32Array(count)];
  let filled = 0;
  for (let row = 0; row < rows; row++) {
    for (let word = 0; word < columns; word++) {
      const value = all[row * stride + word] ?? 0;
      if (value === 0) continue;
      keys[filled] = word;
      values[filled++] = value;
    }
    starts[row + 1] = filled;
  }
  return { rows, starts, keys, values, place };
}

/** Thrown when a row is no row of `words` counts: ClientError with its number. */
export function documentsOf(instances: readonly Instance[], words: number): Documents {
  const starts = new Int32Array(instances.length + 1);
  const most = instances.reduce((sum, { values }) => sum + values.length, 0);
  const [keys, values] = [new Int32Array(most), new Float32Array(most)];
  let filled = 0;
  for (const [row, instance] of instances.entries()) {
    const own = checkedInstance(instance, row, words);
    for (let i = 0; i < own.values.length; i++) {
      const value = Math.fround(own.values[i] ?? 0);
      if (value === 0) continue;
      keys[filled] = own.keys?.[i] ?? i;
      values[filled++] = value;
    }
    starts[row + 1] = filled;
  }
  const documents = { rows: instances.length, starts, keys, values, place: (row: number) => `row ${row + 1}` };
  requireCounts(documents);
  return documents;
}

/** Thrown when a count is negative: ClientError with its place. */
export function requireCounts({ rows, starts, keys, values, place }: Documents): void {
  const negative = values.subarray(0, starts[rows]).findIndex((value) => value < 0);
  if (negative < 0) return;
  const row = starts.findIndex((start) => start > negative) - 1;
  throw new ClientError(
    `${place(row)}: word ${keys[negative]} has the count ${values[negative]}: counts must not be negative`,
  );
}
