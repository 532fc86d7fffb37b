/** The rows of an inference request, in the four content types that tabular algorithms share. */
import { ClientError } from '../errors.ts';
import type { FeatureMatrix } from '../model.ts';
import { csvType, jsonLinesType, jsonType, labelSizeOf, parseContentType, recordioType } from './content-type.ts';
import { judgeToken } from './csv-token.ts';
import { isJsonObject, parseJson } from './json.ts';
import { largeCsv, readLargeCsv } from './large-csv.ts';
import { decodeRecord, MalformedRecord } from './record.ts';
import { featuresOf, widthOf } from './recordio-reader.ts';
import { framesOf } from './recordio-frames.ts';
import { UnsupportedContentType } from './request-errors.ts';

export const requestTypes = [csvType, jsonType, jsonLinesType, recordioType] as const;
export type RequestType = (typeof requestTypes)[number];

export interface Instance {
  readonly values: ArrayLike<number>;
  /** Column of each value; absent for a dense row. */
  readonly keys?: ArrayLike<number>;
  /** Columns that a sparse row says it has. */
  readonly columns?: number;
}

export interface DecodedRequest {
  readonly instances: readonly Instance[];
  /** The `configuration` object of a JSON request. */
  readonly configuration: unknown;
}

/** Thrown when the content type is not in `known`: {@link UnsupportedContentType}; when the body is not what it says: ClientError. */
export function decodeInstances(
  contentType: string | undefined,
  body: Uint8Array,
  known: readonly RequestType[] = requestTypes,
): DecodedRequest {
  const parsed = parseContentType(contentType ?? '');
  const type = known.find((candidate) => candidate === parsed.type);
  if (type === undefined) throw new UnsupportedContentType(contentType, known);
  const decode = decoderOf(type, labelSizeOf(parsed) ?? 0);
  if (body.length === 0) throw new ClientError('the request has no body');
  const request = decode(body);
  if (request.instances.length === 0) throw new ClientError('the request holds no rows');
  return request;
}

/**
 * The same, with `row` counted from 0 for messages. Thrown when it has another number of features than `columns`, a key that is not below that, a key twice, or
 * a value that is no finite number of 32 bits: ClientError.
 */
export function checkedInstance(instance: Instance, row: number, columns: number): Instance {
  const { values, keys } = instance;
  const place = `row ${row + 1}`;
  const width = keys === undefined ? values.length : (instance.columns ?? columns);
  if (width !== columns) throw new ClientError(`${place}: ${width} features, expected ${columns}`);
  if (keys !== undefined && keys.length !== values.length)
    throw new ClientError(`${place}: ${keys.length} keys for ${values.length} values`);
  let isSorted = true;
  for (let i = 0, last = -1; i < values.length; i++) {
    const key = keys?.[i] ?? i;
    if (!Number.isInteger(key) || key < 0 || key >= columns)
      throw new ClientError(`${place}: key ${key} is out of range for ${columns} features`);
    if (!Number.isFinite(Math.fround(values[i] ?? Number.NaN)))
      throw new ClientError(`${place}: feature ${key} is ${values[i]}, not a finite number of 32 bits`);
    if (key <= last) isSorted = false;
    last = key;
  }
  if (!isSorted && keys !== undefined && new Set(Array.from(keys)).size < keys.length)
    throw new ClientError(`${place}: a key occurs twice`);
  return instance;
}

/** Lays rows `first` to `end` side by side, sparse ones spread out. Thrown when a row has not `columns` features: ClientError. */
export function featureMatrix(
  instances: readonly Instance[],
  columns: number,
  first = 0,
  end = instances.length,
): FeatureMatrix {
  const rows = Math.min(end, instances.length) - first;
  const values = new Float32Array(rows * columns);
  for (let row = first; row < first + rows; row++) {
    const instance = instances[row] ?? { values: [] };
    const start = (row - first) * columns;
    const width = instance.keys === undefined ? instance.values.length : (instance.columns ?? columns);
    if (width !== columns) throw new ClientError(`row ${row + 1}: ${width} features, expected ${columns}`);
    if (instance.keys === undefined) values.set(instance.values, start);
    else place(instance.values, instance.keys, columns, row, values.subarray(start, start + columns));
    for (let i = start; i < start + columns; i++) {
      if (!Number.isFinite(values[i]))
        throw new ClientError(`row ${row + 1}: feature ${i - start} is ${values[i]}, not a finite number`);
    }
  }
  return { rows, columns, values, before: first };
}

function place(
  values: ArrayLike<number>,
  keys: ArrayLike<number>,
  columns: number,
  row: number,
  target: Float32Array,
): void {
  if (keys.length !== values.length)
    throw new ClientError(`row ${row + 1}: ${keys.length} keys for ${values.length} values`);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? 0;
    if (!Number.isInteger(key) || key < 0 || key >= columns)
      throw new ClientError(`row ${row + 1}: key ${key} is out of range for ${columns} features`);
    target[key] = values[i] ?? 0;
  }
}

function decoderOf(type: RequestType, labelSize: number): (body: Uint8Array) => DecodedRequest {
  switch (type) {
    case csvType:
      return (body) => ({ instances: csvInstances(body, labelSize), configuration: undefined });
    case jsonType:
      return jsonInstances;
    case jsonLinesType:
      return (body) => ({ instances: jsonLines(text(body)), configuration: undefined });
    case recordioType:
      return (body) => ({ instances: recordRows(body), configuration: undefined });
  }
}

function text(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

function csvInstances(body: Uint8Array, labelSize: number): Instance[] {
  const rows = body.length < largeCsv ? undefined : readLargeCsv(body, labelSize);
  return rows?.map((values) => ({ values })) ?? csvRows(text(body), labelSize);
}

function csvRows(body: string, labelSize: number): Instance[] {
  const rows: Instance[] = [];
  for (const [index, line] of body.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed !== '') rows.push({ values: csvNumbers(trimmed, index + 1).slice(labelSize) });
  }
  return rows;
}

function csvNumbers(line: string, lineNumber: number): number[] {
  const numbers: number[] = [];
  for (const field of line.split(',')) {
    const value = Number(field);
    // What JavaScript reads as a number and CSV does not (nothing at all, 0x10, Infinity) is left to the strict judge.
    const plain =
      value !== 0 &&
      Number.isFinite(value) &&
      field.charCodeAt(1) !== 0x78 &&
      field.charCodeAt(1) !== 0x62 &&
      field.charCodeAt(1) !== 0x6f;
    const verdict = plain ? value : judgeToken(field, 'refuse', 'float32');
    if (typeof verdict !== 'number')
      throw new ClientError(`line ${lineNumber}, column ${numbers.length + 1}: ${verdict.message}`);
    numbers.push(verdict);
  }
  return numbers;
}

function jsonInstances(body: Uint8Array): DecodedRequest {
  const request = parseJson(text(body), 'the body');
  if (!isJsonObject(request) || !Array.isArray(request['instances']))
    throw new ClientError(`the body must be a JSON object with a list "instances"`);
  return {
    instances: request['instances'].map((instance: unknown, index) => jsonInstance(instance, `instance ${index + 1}`)),
    configuration: request['configuration'],
  };
}

function jsonLines(body: string): Instance[] {
  const instances: Instance[] = [];
  for (const [index, line] of body.split('\n').entries()) {
    const place = `line ${index + 1}`;
    if (line.trim() !== '') instances.push(jsonInstance(parseJson(line, place), place));
  }
  return instances;
}

/** `{"features": [...]}`, or `{"data": {"features": {"values": [...], "keys"?, "shape"?}}}`. */
function jsonInstance(instance: unknown, place: string): Instance {
  const data = isJsonObject(instance) && isJsonObject(instance['data']) ? instance['data'] : instance;
  const features = isJsonObject(data) ? data['features'] : undefined;
  if (Array.isArray(features)) return { values: numbers(features, place) };
  if (!isJsonObject(features) || !Array.isArray(features['values'])) {
    throw new ClientError(
      `${place} must have the form {"features": [...]} or {"data": {"features": {"values": [...]}}}`,
    );
  }
  const values = numbers(features['values'], place);
  if (features['keys'] === undefined) return { values };
  if (!Array.isArray(features['keys'])) throw new ClientError(`${place}: "keys" must be a list`);
  const keys = numbers(features['keys'], place);
  const columns = Array.isArray(features['shape']) ? numbers(features['shape'], place).at(-1) : undefined;
  return columns === undefined ? { values, keys } : { values, keys, columns };
}

function numbers(list: readonly unknown[], place: string): number[] {
  return list.map((value, index) => {
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
    throw new ClientError(`${place}, position ${index + 1}: ${JSON.stringify(value)} is not a number of 32 bits`);
  });
}

function recordRows(body: Uint8Array): Instance[] {
  return framesOf(body, 'request body').map(({ payload, offset }, index) => {
    const place = `record ${index + 1} (offset ${offset})`;
    try {
      const tensor = featuresOf({ record: decodeRecord(payload), place });
      return tensor.keys.length === 0 && tensor.values.length > 0
        ? { values: tensor.values }
        : { values: tensor.values, keys: tensor.keys, ...(widthOf(tensor) > 0 ? { columns: widthOf(tensor) } : {}) };
    } catch (cause) {
      if (cause instanceof MalformedRecord) throw new ClientError(`${place} is damaged: ${cause.message}`, { cause });
      throw cause;
    }
  });
}
