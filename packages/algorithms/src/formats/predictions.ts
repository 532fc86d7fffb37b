/** Predictions as columns, and their form in the response of each content type. */
import type { PredictionRow } from '../model.ts';
import { csvType, jsonLinesType, jsonType, recordioType } from './content-type.ts';
import { encodeRecord } from './record-writer.ts';
import type { Tensor } from './record.ts';

export interface Predictions {
  readonly rows: number;
  readonly fields: readonly PredictionField[];
}

export interface PredictionField {
  /** The key in JSON and in a record's label map, e.g. `closest_cluster`. */
  readonly name: string;
  /** Floats are written with a decimal point even when they are whole, as AWS does. */
  readonly kind: 'float' | 'integer';
  /** Numbers per row: `scalar` for one number, or the length of a list. */
  readonly shape: 'scalar' | number;
  readonly values: Float32Array | Float64Array | Int32Array;
}

export const responseTypes = [jsonType, jsonLinesType, csvType, recordioType] as const;
export type ResponseType = (typeof responseTypes)[number];

/** `collection`: the key around the rows of a JSON response. */
export function encodePredictions(
  type: ResponseType,
  predictions: Predictions,
  collection: string,
): Uint8Array | string {
  switch (type) {
    case jsonType:
      return `{"${collection}": [${rowsOf(predictions, jsonRow).join(', ')}]}`;
    case jsonLinesType:
      return rowsOf(predictions, jsonRow)
        .map((row) => `${row}\n`)
        .join('');
    case csvType:
      return rowsOf(predictions, csvRow)
        .map((row) => `${row}\n`)
        .join('');
    case recordioType:
      return Buffer.concat(rowsOf(predictions, recordRow));
  }
}

/** Predictions of the same fields, one after another. */
export function joinPredictions(parts: readonly Predictions[]): Predictions {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const fields = (parts[0]?.fields ?? []).map((field, at): PredictionField => {
    // Holds every number of 32 bits as it is.
    const values = new Float64Array(rows * (field.shape === 'scalar' ? 1 : field.shape));
    let filled = 0;
    for (const part of parts) {
      const own = part.fields[at]?.values ?? [];
      values.set(own, filled);
      filled += own.length;
    }
    return { ...field, values };
  });
  return { rows, fields };
}

/** One object per row, for callers in the same process. */
export function predictionRows(predictions: Predictions): PredictionRow[] {
  return rowsOf(predictions, (fields, row) =>
    Object.fromEntries(
      fields.map((field) => [
        field.name,
        field.shape === 'scalar' ? (field.values[row] ?? 0) : Array.from(slice(field, row)),
      ]),
    ),
  );
}

function rowsOf<R>(predictions: Predictions, encode: (fields: readonly PredictionField[], row: number) => R): R[] {
  const rows: R[] = [];
  for (let row = 0; row < predictions.rows; row++) rows.push(encode(predictions.fields, row));
  return rows;
}

function jsonRow(fields: readonly PredictionField[], row: number): string {
  let text = '{';
  for (const field of fields) {
    if (text.length > 1) text += ', ';
    text += `"${field.name}": `;
    text +=
      field.shape === 'scalar' ? numberText(field.values[row] ?? 0, field.kind) : `[${listText(field, row, ', ')}]`;
  }
  return `${text}}`;
}

function csvRow(fields: readonly PredictionField[], row: number): string {
  return fields
    .map((field) =>
      field.shape === 'scalar' ? numberText(field.values[row] ?? 0, field.kind) : listText(field, row, ','),
    )
    .join(',');
}

function listText(field: PredictionField, row: number, separator: string): string {
  return Array.from(slice(field, row), (value) => numberText(value, field.kind)).join(separator);
}

function numberText(value: number, kind: PredictionField['kind']): string {
  // Below 1e21 a whole number has no exponent, so that ".0" may follow.
  return kind === 'float' && Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : `${value}`;
}

function recordRow(fields: readonly PredictionField[], row: number): Uint8Array {
  const label: Record<string, Tensor> = {};
  for (const field of fields) {
    label[field.name] = {
      type: 'float32',
      values: Float32Array.from(slice(field, row)),
      keys: new Float64Array(0),
      shape: [],
    };
  }
  return encodeRecord({ features: {}, label });
}

function slice(field: PredictionField, row: number): Float32Array | Float64Array | Int32Array {
  const width = field.shape === 'scalar' ? 1 : field.shape;
  return field.values.subarray(row * width, (row + 1) * width);
}
