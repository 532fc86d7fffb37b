/** Bodies to rows and predictions to answers, for handlers in TypeScript and for ONNX models. */

export const JSON_TYPE = 'application/json';
const JSON_LINES = 'application/jsonlines';
const CSV = 'text/csv';
const NPY = 'application/x-npy';
const OCTET_STREAM = 'application/octet-stream';

/** A request that cannot be understood or answered as it is. */
export class RequestError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** `text/csv; charset=utf-8` is `text/csv`. */
export function mediaType(header: string): string {
  return (header.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** JSON as it is; CSV and JSON Lines as a list of rows; npy as rows; octet-stream as bytes. Thrown for anything else: RequestError 415. */
export function decode(body: Buffer, contentType: string): unknown {
  switch (mediaType(contentType || JSON_TYPE)) {
    case JSON_TYPE:
      return parse(body.toString('utf8'));
    case JSON_LINES:
      return lines(body).map(parse);
    case CSV:
      return lines(body).map(row);
    case NPY:
      return readNpy(body);
    case OCTET_STREAM:
      return body;
    default: {
      const known = [JSON_TYPE, JSON_LINES, CSV, NPY, OCTET_STREAM].join(', ');
      throw new RequestError(
        `Content type ${contentType} is not supported by this model server. These are: ${known}.`,
        415,
      );
    }
  }
}

/** In the first type of `accept` that can be answered. Thrown when there is none: RequestError 415. */
export function encode(prediction: unknown, accept: string, fallback: string): { body: string; contentType: string } {
  for (const part of accept.split(',')) {
    const type = mediaType(part);
    const contentType = type === '' || type === '*/*' ? fallback : type;
    if (contentType === JSON_TYPE) return { body: JSON.stringify(prediction) ?? 'null', contentType };
    if (contentType === JSON_LINES)
      return {
        body: rows(prediction)
          .map((value) => `${JSON.stringify(value)}\n`)
          .join(''),
        contentType,
      };
    if (contentType === CSV)
      return {
        body: rows(prediction)
          .map((value) => `${cells(value).join(',')}\n`)
          .join(''),
        contentType,
      };
  }
  throw new RequestError(
    `Accept ${accept} cannot be answered by this model server. These can: ${JSON_TYPE}, ${JSON_LINES}, ${CSV}.`,
    415,
  );
}

function rows(prediction: unknown): readonly unknown[] {
  return Array.isArray(prediction) ? prediction : [prediction];
}

function cells(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flat(Infinity) : [value];
}

function lines(body: Buffer): string[] {
  return body
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

/** Numbers where the cell is one, else its text; an empty cell is not a number. */
function row(line: string): (number | string)[] {
  return line.split(',').map((cell) => {
    const text = cell.trim();
    if (text === '') return Number.NaN;
    const value = Number(text);
    return Number.isNaN(value) && text.toLowerCase() !== 'nan' ? text : value;
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError(
      `The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
      400,
    );
  }
}

const ELEMENTS: Readonly<Record<string, { readonly size: number; read(data: DataView, at: number): number }>> = {
  '<f4': { size: 4, read: (data, at) => data.getFloat32(at, true) },
  '<f8': { size: 8, read: (data, at) => data.getFloat64(at, true) },
  '<i4': { size: 4, read: (data, at) => data.getInt32(at, true) },
  '<i8': { size: 8, read: (data, at) => Number(data.getBigInt64(at, true)) },
  '|u1': { size: 1, read: (data, at) => data.getUint8(at) },
};

/** NumPy's own file format, arrays of numbers in C order. Thrown for anything else: RequestError 400. */
function readNpy(body: Buffer): unknown {
  const refuse = (why: string): RequestError =>
    new RequestError(`The body is not an npy array that can be read: ${why}.`, 400);
  if (body.length < 12 || body.toString('latin1', 1, 6) !== 'NUMPY') throw refuse('it does not begin as one');
  const long = body.readUInt8(6) > 1;
  const start = (long ? 12 : 10) + (long ? body.readUInt32LE(8) : body.readUInt16LE(8));
  const header = body.toString('latin1', 10, start);
  const type = /'descr': *'([^']+)'/.exec(header)?.[1] ?? '';
  const element = Object.hasOwn(ELEMENTS, type) ? ELEMENTS[type] : undefined;
  if (element === undefined)
    throw refuse(`elements of type ${type || 'unknown'} are not among ${Object.keys(ELEMENTS).join(', ')}`);
  if (header.includes("'fortran_order': True")) throw refuse('it is in Fortran order');
  const shape = (/'shape': *\(([^)]*)\)/.exec(header)?.[1] ?? '')
    .split(',')
    .flatMap((part) => (part.trim() === '' ? [] : [Number(part)]));
  const count = shape.reduce((product, size) => product * size, 1);
  if (start + count * element.size > body.length) throw refuse('it is shorter than its shape says');
  const view = new DataView(body.buffer, body.byteOffset + start);
  const values = Array.from({ length: count }, (_, index) => element.read(view, index * element.size));
  return shape.length === 0 ? values[0] : nested(values, shape);
}

/** Values in C order as lists of lists. */
export function nested(values: readonly unknown[], shape: readonly number[]): unknown[] {
  const [size = values.length, ...inner] = shape;
  if (inner.length === 0) return values.slice(0, size);
  const step = inner.reduce((product, length) => product * length, 1);
  return Array.from({ length: size }, (_, index) => nested(values.slice(index * step, (index + 1) * step), inner));
}
