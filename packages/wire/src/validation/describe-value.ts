import type { Shape } from '../model/shapes.ts';

/** Longest piece of a caller's value that an error repeats, in characters. */
const longest = 2048;

/** How AWS's sentence names a value: `Value 'x'`, `Value null`, and for a secret just `Value`. */
export function describeValue(shape: Shape, value: unknown): string {
  if ((shape.type === 'string' || shape.type === 'blob') && shape.sensitive) return 'Value';
  if (value === null || value === undefined) return 'Value null';
  const text = format(shape, value);
  return `Value '${text.length > longest ? `${text.slice(0, longest)}...` : text}'`;
}

/** As Java prints: `[a, b]` for a list, `{key=value}` for a map, `Name(Member=value)` for a structure. */
function format(shape: Shape, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if ((shape.type === 'string' || shape.type === 'blob') && shape.sensitive) return '***';
  if (shape.type === 'list' && Array.isArray(value)) {
    return `[${value.map((item: unknown) => format(shape.member.shape, item)).join(', ')}]`;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  if (typeof value === 'object') {
    const entries = Object.entries(value);
    if (shape.type === 'map') {
      const inner = entries.map(([key, item]) => `${key}=${format(shape.value.shape, item)}`);
      return `{${inner.join(', ')}}`;
    }
    if (shape.type === 'structure') {
      const inner = entries.flatMap(([key, item]) => {
        const member = shape.byName.get(key);
        return member === undefined ? [] : [`${key}=${format(member.shape, item)}`];
      });
      return `${shape.name}(${inner.join(', ')})`;
    }
    return JSON.stringify(value);
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
