/** Values as Python's `json` reads and writes them: whole numbers stay whole (`bigint`), others stay floats (`number`). Pure. */
export type PythonValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly PythonValue[]
  | { readonly [name: string]: PythonValue };

/** What `json.loads` makes of a text; the text itself where that would fail. */
export function decodeValue(text: string): PythonValue {
  const trimmed = text.trim();
  if (Object.hasOwn(notJson, trimmed)) return notJson[trimmed] ?? null;
  try {
    return parse(trimmed);
  } catch {
    return text;
  }
}

/** Python's extension of JSON. */
const notJson: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

function parse(text: string): PythonValue {
  const reviver: Reviver = (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
  // The library's types do not know the third argument yet, which Node 24 gives; what JSON can hold is a PythonValue then.
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as PythonValue;
}

/** `str(value)`. */
export function pythonText(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

function pythonRepr(value: PythonValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatText(value, { nan: 'nan', infinity: 'inf' });
  if (typeof value === 'string') return quote(value);
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  const items = Object.entries(value).map(([name, each]) => `${quote(name)}: ${pythonRepr(each)}`);
  return `{${items.join(', ')}}`;
}

/** `json.dumps(value, sort_keys=True, separators=(",", ":"))` */
export function pythonJson(value: PythonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatText(value, { nan: 'NaN', infinity: 'Infinity' });
  if (typeof value === 'string') return asciiJson(value);
  if (isList(value)) return `[${value.map(pythonJson).join(',')}]`;
  const items = sorted(value).map(([name, each]) => `${asciiJson(name)}:${pythonJson(each)}`);
  return `{${items.join(',')}}`;
}

/** In the order of Python's `sorted`: by code points. */
export function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value);
}

/** The shortest digits that give the number back, as JavaScript finds them too, written as Python writes them. */
function floatText(value: number, words: { readonly nan: string; readonly infinity: string }): string {
  if (Number.isNaN(value)) return words.nan;
  if (!Number.isFinite(value)) return value > 0 ? words.infinity : `-${words.infinity}`;
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', power = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(power);
  const digits = mantissa.replace('.', '');
  if (exponent < -4 || exponent >= 16) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll(mark, `\\${mark}`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`);
  return mark + escaped + mark;
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
