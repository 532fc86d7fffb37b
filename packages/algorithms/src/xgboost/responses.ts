/** Answers in the content type that a request accepts; CSV, which differs from the other algorithms', in the way of AWS's containers. */
import { csvType, parseContentType } from '../formats/content-type.ts';
import {
  encodePredictions,
  responseTypes,
  type PredictionField,
  type Predictions,
  type ResponseType,
} from '../formats/predictions.ts';
import { NotAcceptable } from '../formats/request-errors.ts';

/**
 * `lines`: a row per line, `closed`: with an end after the last line too, for batch transform; `joined`: all rows on one line with commas between
 * them, as the image of version 0.72 does.
 */
export type CsvForm = 'lines' | 'closed' | 'joined';

/** Thrown when `accept` allows nothing that is known: {@link NotAcceptable}. */
export function responseType(accept: string | undefined, otherwise: string | undefined): ResponseType {
  const wanted = accept === undefined || accept.trim() === '' ? '*/*' : accept;
  for (const part of wanted.split(',')) {
    const { type } = parseContentType(part);
    const known = responseTypes.find((candidate) => candidate === (type === '*/*' ? (otherwise ?? csvType) : type));
    if (known !== undefined) return known;
  }
  throw new NotAcceptable(wanted, responseTypes);
}

export function encodeAnswers(
  type: ResponseType,
  predictions: Predictions,
  csv: { readonly form: CsvForm; readonly quoted: boolean },
): Uint8Array | string {
  if (type !== csvType) return encodePredictions(type, predictions, 'predictions');
  const rows = Array.from({ length: predictions.rows }, (_, row) =>
    predictions.fields.map((field) => csvField(field, row, csv)).join(','),
  );
  if (csv.form === 'joined') return rows.join(',');
  return csv.form === 'closed' ? `${rows.join('\n')}\n` : rows.join('\n');
}

function csvField(
  field: PredictionField,
  row: number,
  csv: { readonly form: CsvForm; readonly quoted: boolean },
): string {
  if (field.shape === 'scalar') return numberText(field, row);
  const numbers = Array.from({ length: field.shape }, (_, at) => numberText(field, row * Number(field.shape) + at));
  if (csv.quoted) return `"[${numbers.join(', ')}]"`;
  return csv.form === 'joined' ? `[${numbers.join(', ')}]` : numbers.join(',');
}

function numberText(field: PredictionField, at: number): string {
  const value = field.values[at] ?? 0;
  if (Number.isNaN(value)) return 'nan';
  return field.kind === 'float' && Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : `${value}`;
}
