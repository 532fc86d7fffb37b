/** Streams RecordIO-protobuf files: as records, or as rows in kernel memory. */
import { ClientError } from '../errors.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { ByteSource } from './byte-source.ts';
import { decodeRecord, MalformedRecord, type DataRecord, type Tensor } from './record.ts';
import { readFrames } from './recordio-frames.ts';
import type { RowBlock, RowOptions } from './row-block.ts';

export interface PlacedRecord {
  readonly record: DataRecord;
  /** File, record number from 1, and offset, for messages. */
  readonly place: string;
}

/** Yields records in batches; `before`: what of the file was read already. Thrown when a record is damaged: ClientError naming file and offset. */
export async function* readRecords(
  source: ByteSource,
  before: { readonly records: number; readonly bytes: number } = { records: 0, bytes: 0 },
): AsyncGenerator<PlacedRecord[]> {
  let count = before.records;
  for await (const frames of readFrames(source, before.bytes)) {
    yield frames.map(({ payload, offset }) => {
      const place = placeOfRecord(source, ++count, offset);
      try {
        return { record: decodeRecord(payload), place };
      } catch (cause) {
        if (cause instanceof MalformedRecord) throw new ClientError(`${place} is damaged: ${cause.message}`, { cause });
        throw cause;
      }
    });
  }
}

/** For messages; `record` counts from 1. */
export function placeOfRecord(source: ByteSource, record: number, offset: number): string {
  return `file ${source.name}, record ${record} (offset ${offset})`;
}

/** As `readCsv`: yields blocks that are valid until the next one is asked for; sparse vectors are spread out. */
export async function* readRecordRows(
  source: ByteSource,
  kernels: Kernels,
  options: RowOptions,
): AsyncGenerator<RowBlock> {
  const values = new GrowingArray(kernels.heap);
  const labels = new GrowingArray(kernels.heap);
  let columns = options.columns;
  try {
    for await (const records of readRecords(source)) {
      const vectors = records.map((placed) => featuresOf(placed));
      columns ??= vectors.map(widthOf).find((width) => width > 0) ?? 0;
      const labelSize = options.labelSize === 'auto' ? 0 : options.labelSize;
      const stride = rowStride(columns);
      const rows = kernels.heap
        .viewFloat32(values.reserve(records.length * stride * 4), records.length * stride)
        .fill(0);
      const targets = kernels.heap.viewFloat32(
        labels.reserve(records.length * labelSize * 4),
        records.length * labelSize,
      );
      for (const [row, placed] of records.entries()) {
        spread(
          vectors[row],
          placed.place,
          columns,
          rows.subarray(row * stride, row * stride + columns),
          options.nan ?? 'refuse',
        );
        if (labelSize === 0) continue;
        targets.set(labelOf(placed, labelSize, options.checkLabel), row * labelSize);
      }
      yield {
        rows: records.length,
        columns,
        stride,
        labelSize,
        values: values.pointer,
        labels: labels.pointer,
        place: (row) => records[row]?.place ?? '',
      };
    }
  } finally {
    values.release();
    labels.release();
  }
}

/** The feature vector of a record, under the key `values` as SageMaker's writers name it. Thrown when there is none: ClientError. */
export function featuresOf(placed: PlacedRecord): Tensor {
  const { features } = placed.record;
  const tensor = features['values'] ?? Object.values(features)[0];
  if (tensor === undefined) throw new ClientError(`${placed.place} has no features`);
  return tensor;
}

/** Columns of a vector; 0 when it is sparse and does not say. */
export function widthOf(tensor: Tensor): number {
  return tensor.keys.length === 0 && tensor.shape.length === 0 ? tensor.values.length : (tensor.shape.at(-1) ?? 0);
}

/** Writes a vector to `row`, which holds zeros. Thrown when it does not fit: ClientError. */
export function spread(
  tensor: Tensor | undefined,
  place: string,
  columns: number,
  row: Float32Array,
  nan: 'refuse' | 'missing',
): void {
  if (tensor === undefined) return;
  const { values, keys } = tensor;
  const width = widthOf(tensor);
  if (width !== columns && (width > 0 || keys.length === 0))
    throw new ClientError(`${place}: ${width} features, expected ${columns}`);
  if (keys.length === 0 && values.length !== columns && values.length !== 0)
    throw new ClientError(`${place}: ${values.length} values for ${columns} features`);
  if (keys.length > 0 && keys.length !== values.length)
    throw new ClientError(`${place}: ${keys.length} keys for ${values.length} values`);
  if (keys.length === 0) row.set(values);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    if (key < 0 || key >= columns)
      throw new ClientError(`${place}: key ${key} is out of range for ${columns} features`);
    row[key] = values[i] ?? 0;
  }
  for (let i = 0; i < columns; i++) {
    const value = row[i] ?? 0;
    if (!Number.isFinite(value) && !(nan === 'missing' && Number.isNaN(value)))
      throw new ClientError(`${place}: feature ${i} is ${value}, not a finite number`);
  }
}

/** The label of a record, under the key `values`. Thrown when it has not `size` finite numbers that pass `check`: ClientError. */
export function labelOf(placed: PlacedRecord, size: number, check: RowOptions['checkLabel']): Float32Array {
  const label = placed.record.label['values'] ?? Object.values(placed.record.label)[0];
  if (label === undefined) throw new ClientError(`${placed.place} has no label`);
  if (label.values.length !== size)
    throw new ClientError(`${placed.place}: ${label.values.length} numbers of label, expected ${size}`);
  const numbers = Float32Array.from(label.values);
  for (const value of numbers) {
    if (!Number.isFinite(value)) throw new ClientError(`${placed.place}: the label is ${value}, not a finite number`);
    const problem = check?.(value);
    if (problem !== undefined) throw new ClientError(`${placed.place}: ${problem}`);
  }
  return numbers;
}
