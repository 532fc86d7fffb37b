/** The rows of an inference request. What a sparse row leaves out, and what CSV leaves empty, is missing. */
import { ClientError } from '../errors.ts';
import {
  csvType,
  jsonLinesType,
  jsonType,
  parseContentType,
  recordioType,
  type ContentType,
} from '../formats/content-type.ts';
import { judgeToken } from '../formats/csv-token.ts';
import { decodeInstances, type Instance } from '../formats/instances.ts';
import { largeCsv, readLargeCsv } from '../formats/large-csv.ts';
import { UnreadableBody, UnsupportedContentType } from '../formats/request-errors.ts';

const libsvmType = 'text/libsvm';
const known = [csvType, libsvmType, recordioType, jsonType, jsonLinesType] as const;
const shortForms: Readonly<Record<string, (typeof known)[number]>> = {
  csv: csvType,
  libsvm: libsvmType,
  'text/x-libsvm': libsvmType,
  'recordio-protobuf': recordioType,
};

/** CSV when there is no content type. Thrown when the body is not what it says: {@link UnreadableBody}. */
export function readRequest(contentType: string | undefined, body: Uint8Array): readonly Instance[] {
  const parsed = parseContentType(contentType?.trim() || csvType);
  const type = known.find((candidate) => candidate === (shortForms[parsed.type] ?? parsed.type));
  if (type === undefined) throw new UnsupportedContentType(contentType, known);
  try {
    switch (type) {
      case csvType:
        return readCsv(body, labelSize(parsed));
      case libsvmType:
        return readLibsvm(text(body));
      case recordioType:
      case jsonType:
      case jsonLinesType:
        return decodeInstances(type, body).instances;
    }
  } catch (cause) {
    if (!(cause instanceof ClientError) || cause instanceof UnreadableBody) throw cause;
    throw new UnreadableBody(`Loading ${type} data failed: ${cause.message}`, { cause });
  }
}

/** Thrown when a row has features that the model does not know or, dense, not as many: ClientError. */
export function checkWidths(rows: readonly Instance[], features: number): void {
  for (const [index, { values, keys, columns = 0 }] of rows.entries()) {
    if (keys === undefined) {
      if (values.length !== features) throw unfit(index, `${values.length} features`, features);
      continue;
    }
    if (keys.length !== values.length) throw unfit(index, `${keys.length} keys for ${values.length} values`, features);
    if (columns > features) throw unfit(index, `${columns} features`, features);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] ?? 0;
      if (!Number.isInteger(key) || key < 0 || key >= features) throw unfit(index, `feature ${key}`, features);
    }
  }
}

function unfit(index: number, what: string, features: number): ClientError {
  return new ClientError(
    `Unable to evaluate payload provided: row ${index + 1} has ${what}, and the model was trained with ${features} features`,
  );
}

function labelSize({ parameters }: ContentType): number {
  const size = parameters['label_size'] ?? '0';
  if (size !== '0' && size !== '1')
    throw new UnreadableBody(`label_size=${size} is not valid: it must be 0 or 1, e.g. text/csv;label_size=0`);
  return Number(size);
}

function text(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}

function readCsv(body: Uint8Array, labels: number): readonly Instance[] {
  const plain = body.length < largeCsv ? undefined : readLargeCsv(body, labels);
  if (plain !== undefined) return plain.map((values) => ({ values }));
  const rows: Instance[] = [];
  const lines = text(body).split('\n');
  const delimiter = delimiterOf(lines.find((line) => line.trim() !== '') ?? '');
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trim();
    if (trimmed !== '') rows.push({ values: csvNumbers(trimmed.split(delimiter), index + 1).slice(labels) });
  }
  return rows;
}

/** As AWS's container does, the first line tells what separates its numbers. */
function delimiterOf(line: string): string {
  return [',', ';', '\t', '|', ' '].find((candidate) => line.trim().includes(candidate)) ?? ',';
}

function csvNumbers(fields: readonly string[], line: number): number[] {
  return fields.map((field, index) => {
    const value = /^-?[\d.]+$/.test(field) ? Number(field) : Number.NaN;
    if (Number.isFinite(value)) return value;
    const verdict = judgeToken(field, 'missing', 'float32');
    if (typeof verdict !== 'number') throw new UnreadableBody(`line ${line}, column ${index + 1}: ${verdict.message}`);
    return verdict;
  });
}

/** `index:value` pairs; a label in front of them, and `qid:`, are passed over. */
function readLibsvm(body: string): readonly Instance[] {
  const rows: Instance[] = [];
  for (const [index, line] of body.split('\n').entries()) {
    const tokens = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    if (tokens.length === 1 && tokens[0] === '') continue;
    const pairs = tokens.filter((token) => token.includes(':') && !token.startsWith('qid:'));
    const keys: number[] = [];
    const values: number[] = [];
    for (const pair of pairs) {
      const [key = '', value = '', ...rest] = pair.split(':');
      const number = value === '' ? Number.NaN : Number(value);
      if (
        !/^\d+$/.test(key) ||
        rest.length > 0 ||
        (Number.isNaN(number) && !/^nan$/i.test(value)) ||
        Math.abs(number) === Infinity
      )
        throw new UnreadableBody(`line ${index + 1}: '${pair.slice(0, 40)}' is not index:value`);
      keys.push(Number(key));
      values.push(number);
    }
    rows.push({ keys, values });
  }
  return rows;
}
