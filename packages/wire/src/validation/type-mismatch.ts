import type { Shape } from '../model/shapes.ts';

/** AWS's words for a value of the wrong type, and where it is: "NUMBER_VALUE can not be converted to a String at 'roleArn'". */
export function typeMismatch(shape: Shape, value: unknown, path: readonly string[]): string {
  const where = path.length === 0 ? '' : ` at '${path.join('.')}'`;
  if (Array.isArray(value)) return `Start of list found where not expected${where}`;
  if (typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)) {
    return `Start of structure or map found where not expected${where}`;
  }
  const wanted = javaType(shape);
  const article = /^[AEIOU]/.test(wanted) ? 'an' : 'a';
  return `${tokenName(value)} can not be converted to ${article} ${wanted}${where}`;
}

function tokenName(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'number' || typeof value === 'bigint') return 'NUMBER_VALUE';
  if (typeof value === 'string') return 'STRING_VALUE';
  return value instanceof Date ? 'TIMESTAMP_VALUE' : 'BLOB_VALUE';
}

function javaType(shape: Shape): string {
  return shape.type.charAt(0).toUpperCase() + shape.type.slice(1);
}
