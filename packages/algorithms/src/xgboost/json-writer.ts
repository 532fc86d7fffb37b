/** JSON as XGBoost reads it: a 32-bit number always has a point or an exponent, or it would be taken for a whole one. */
import { float32Text } from './float32-text.ts';
import { Float32List, Int64List, type UbjsonValue } from './ubjson.ts';

export function jsonText(value: UbjsonValue): string {
  if (value instanceof Int64List) return `[${value.values.join(',')}]`;
  if (value instanceof Float32List) return jsonText(value.values);
  if (value instanceof Float32Array) return `[${Array.from(value, pointed).join(',')}]`;
  if (ArrayBuffer.isView(value)) return `[${Array.from<number>(value).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(jsonText).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, entry]) => `${JSON.stringify(key)}:${jsonText(entry)}`)
    .join(',')}}`;
}

function pointed(value: number): string {
  const text = float32Text(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}E0` : text;
}

function isList(value: object): value is readonly UbjsonValue[] {
  return Array.isArray(value);
}
