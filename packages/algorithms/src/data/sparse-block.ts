/** Records, one by one, as rows of which only entries that are not zero are held. */
import { ClientError } from '../errors.ts';
import { featuresOf, labelOf, widthOf, type PlacedRecord } from '../formats/recordio-reader.ts';
import type { SparseBlock, SparseOptions } from './sparse-batch.ts';

/** Thrown when a record is wrong: ClientError naming its place. */
export function sparseBlock(
  records: readonly PlacedRecord[],
  { columns, labelSize, checkLabel }: SparseOptions,
): SparseBlock {
  const most = records.reduce((sum, placed) => sum + featuresOf(placed).values.length, 0);
  const starts = new Int32Array(records.length + 1);
  const keys = new Int32Array(most);
  const values = new Float32Array(most);
  const labels = new Float32Array(records.length * labelSize);
  let entries = 0;
  for (const [row, placed] of records.entries()) {
    entries = copyRow(placed, columns, keys, values, entries);
    starts[row + 1] = entries;
    if (labelSize > 0) labels.set(labelOf(placed, 1, checkLabel), row);
  }
  return { rows: records.length, starts, keys, values, labels, place: (row) => records[row]?.place ?? '' };
}

/** Writes the entries from place `at` on and returns the place after them. */
function copyRow(placed: PlacedRecord, columns: number, keys: Int32Array, values: Float32Array, at: number): number {
  const tensor = featuresOf(placed);
  checkForm(placed, columns);
  let isSorted = true;
  let last = -1;
  let to = at;
  for (let i = 0; i < tensor.values.length; i++) {
    const value = Math.fround(tensor.values[i] ?? 0);
    const key = tensor.keys.length === 0 ? i : (tensor.keys[i] ?? 0);
    // A negative number is written as one above 2^63.
    if (!(key < columns))
      throw new ClientError(
        `${placed.place}: key ${key >= 2 ** 63 ? 'below 0' : key} is out of range for ${columns} features`,
      );
    if (!Number.isFinite(value))
      throw new ClientError(`${placed.place}: feature ${key} is ${value}, not a finite number`);
    if (key <= last) isSorted = false;
    last = key;
    if (value === 0) continue;
    keys[to] = key;
    values[to] = value;
    to++;
  }
  if (!isSorted) refuseTwice(placed, tensor.keys);
  return to;
}

function checkForm(placed: PlacedRecord, columns: number): void {
  const tensor = featuresOf(placed);
  const width = widthOf(tensor);
  if (tensor.type !== 'float32')
    throw new ClientError(`${placed.place}: features of type ${tensor.type}; only float32 is supported`);
  if (width !== columns && (width > 0 || tensor.keys.length === 0))
    throw new ClientError(`${placed.place}: ${width} features, expected ${columns}`);
  if (tensor.keys.length > 0 && tensor.keys.length !== tensor.values.length)
    throw new ClientError(`${placed.place}: ${tensor.keys.length} keys for ${tensor.values.length} values`);
  // No keys and no values: a sparse row that is all zero.
  if (tensor.keys.length === 0 && tensor.values.length !== columns && tensor.values.length !== 0)
    throw new ClientError(`${placed.place}: ${tensor.values.length} values for ${columns} features`);
}

function refuseTwice(placed: PlacedRecord, keys: Float64Array): void {
  const seen = new Set<number>();
  for (const key of keys) {
    if (seen.has(key)) throw new ClientError(`${placed.place}: key ${key} occurs twice`);
    seen.add(key);
  }
}
