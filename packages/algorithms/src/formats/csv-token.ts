/** Judges the fields that the CSV kernel leaves aside. */

export type TokenVerdict =
  | number
  | { readonly kind: 'empty' | 'text' | 'non-finite' | 'range'; readonly message: string };

const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const notFinite = /^[+-]?(nan|inf|infinity)$/i;
const greatestFloat32 = 3.4028234663852886e38;

/** Returns the number that the field holds, or what is wrong with it. */
export function judgeToken(field: string, nan: 'refuse' | 'missing', element: 'float32' | 'float64'): TokenVerdict {
  const text = unquoted(field.trim());
  if (text === '') return nan === 'missing' ? Number.NaN : { kind: 'empty', message: 'the field is empty' };
  if (number.test(text)) {
    const value = Number(text);
    const greatest = element === 'float32' ? greatestFloat32 : Number.MAX_VALUE;
    if (Math.abs(value) <= greatest) return value;
    return { kind: 'range', message: `'${shown(text)}' is out of range: the greatest ${element} is ${greatest}` };
  }
  if (!notFinite.test(text)) return { kind: 'text', message: `'${shown(text)}' is not a number` };
  if (nan === 'missing' && /nan/i.test(text)) return Number.NaN;
  return { kind: 'non-finite', message: `'${shown(text)}' is not a finite number` };
}

/** Fields in the first line of `text` that is not blank. */
export function countFields(text: Uint8Array): number {
  let fields = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (byte === 10 && fields > 0) break;
    if (byte === 44) fields = Math.max(1, fields) + 1;
    else if (byte !== 10 && byte !== 13 && fields === 0) fields = 1;
  }
  return fields;
}

function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}

function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
