import type { Member, Shape, TimestampFormat } from '../model/shapes.ts';
import { parseBase64 } from './json-codec.ts';
import { formatTimestamp, parseTimestamp, timestampFormatOf } from './timestamps.ts';

/** Text of a scalar in XML, query strings, headers and paths. */
export function formatScalar(
  member: Member | undefined,
  shape: Shape,
  value: unknown,
  timestamps: TimestampFormat,
): string {
  if (value instanceof Date) return String(formatTimestamp(value, timestampFormatOf(member, shape, timestamps)));
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The scalar that a text stands for; a text that stands for none is kept as it is, for `validate` to refuse. */
export function parseScalar(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return parseNumber(text);
    case 'boolean':
      return parseBoolean(text);
    case 'timestamp':
      return parseTimestamp(text) ?? text;
    case 'blob':
      return parseBase64(text) ?? text;
    case 'string':
    case 'structure':
    case 'list':
    case 'map':
      break;
  }
  return text;
}

function parseNumber(text: string): number | string {
  const trimmed = text.trim();
  const number = Number(trimmed);
  return trimmed === '' || (Number.isNaN(number) && trimmed !== 'NaN') ? text : number;
}

function parseBoolean(text: string): boolean | string {
  const lower = text.trim().toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : text;
}
