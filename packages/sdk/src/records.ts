/** Rows as RecordIO-protobuf, for algorithms that take no CSV: the message `aialgs.data.Record` in frames, as SageMaker's own SDK writes it. */
import type { Row } from './rows.ts';

/** A row that is mostly zero: the columns that are not, and their values. */
export interface SparseRow {
  readonly keys: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

const MAGIC = 0xced7230a;

export function isSparseRow(row: Row | SparseRow): row is SparseRow {
  return 'keys' in row && typeof row.keys === 'object' && 'values' in row && typeof row.values === 'object';
}

/** `labels`: one per row. */
export function rowsToRecords(rows: readonly (Row | SparseRow)[], labels?: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const frames = rows.map((row, index) => {
    const features = isSparseRow(row) ? sparseTensor(row) : tensor(row);
    const label = labels === undefined ? [] : [entry(0x12, tensor([labels[index] ?? Number.NaN]))];
    return frame(joined([entry(0x0a, features), ...label]));
  });
  return joined(frames);
}

/** Magic word, length, payload, zeros to a multiple of four. */
function frame(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + Math.ceil(payload.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, payload.length, true);
  bytes.set(payload, 8);
  return bytes;
}

/** An entry of a map: the key `values`, and a tensor of 32-bit floats. */
function entry(tag: number, content: Uint8Array): Uint8Array {
  return field(tag, joined([field(0x0a, new TextEncoder().encode('values')), field(0x12, field(0x12, content))]));
}

/** A row without any entry would look like a dense one without columns: it says that its first column is 0. */
function sparseTensor({ keys, values }: SparseRow): Uint8Array {
  if (keys.length !== values.length)
    throw new TypeError(`A sparse row has ${keys.length} keys for ${values.length} values`);
  return keys.length === 0 ? tensor([0], [0]) : tensor(values, keys);
}

function tensor(values: ArrayLike<number>, keys?: ArrayLike<number>): Uint8Array {
  const packed = field(0x0a, new Uint8Array(Float32Array.from(values).buffer));
  return keys === undefined ? packed : joined([packed, field(0x12, varints(keys))]);
}

function field(tag: number, content: Uint8Array): Uint8Array {
  return joined([varints([tag, content.length]), content]);
}

function varints(numbers: ArrayLike<number>): Uint8Array {
  const bytes: number[] = [];
  for (let value of Array.from(numbers)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new TypeError(`${value} is no column: keys are whole numbers from 0`);
    for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
