import { uriDecode, uriEncode, uriEncodePath } from './uri-encode.ts';

/** A request as it goes over the wire, before any decoding. */
export interface RequestHead {
  readonly method: string;
  /** Path and query as sent, still percent-encoded: `/bucket/key%20name?list-type=2`. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The text whose hash AWS Signature Version 4 signs. */
export function canonicalRequest(
  head: RequestHead,
  service: string,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const mark = head.target.indexOf('?');
  const path = mark < 0 ? head.target : head.target.slice(0, mark);
  const query = mark < 0 ? '' : head.target.slice(mark + 1);
  let text = `${head.method}\n${canonicalPath(path, service)}\n${canonicalQuery(query)}\n`;
  for (const name of signedHeaders) text += `${name}:${canonicalHeaderValue(head.headers[name])}\n`;
  return `${text}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

/** S3 signs its path encoded once and never normalised; every other service normalises what was sent and encodes it again. */
export function canonicalPath(path: string, service: string): string {
  if (path === '' || path === '/') return '/';
  if (isPlainPath(path)) return path;
  return service === 's3' ? path.split('/').map(reencodeSegment).join('/') : uriEncodePath(withoutDotSegments(path));
}

/** Sorted by encoded name, then by encoded value; the signature itself is left out. */
export function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs: [name: string, value: string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const mark = part.indexOf('=');
    const name = mark < 0 ? part : part.slice(0, mark);
    if (name === 'X-Amz-Signature') continue;
    pairs.push([reencode(name), mark < 0 ? '' : reencode(part.slice(mark + 1))]);
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

/** Trimmed, with runs of spaces made one. A header sent more than once is joined by commas. */
export function canonicalHeaderValue(value: string | readonly string[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') return value.map((one) => canonicalHeaderValue(one)).join(',');
  const trimmed = value.trim();
  return trimmed.includes('  ') ? trimmed.replaceAll(/ {2,}/g, ' ') : trimmed;
}

/** True when normalising and encoding would change nothing, which is nearly always. */
function isPlainPath(path: string): boolean {
  let previous = 0;
  for (let index = 0; index < path.length; index++) {
    const code = path.charCodeAt(index);
    if (code === SLASH || code === DOT) {
      if (previous === SLASH) return false;
    } else if (!isUnreserved(code)) {
      return false;
    }
    previous = code;
  }
  return true;
}

const SLASH = 0x2f;
const DOT = 0x2e;

function isUnreserved(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f ||
    code === 0x7e
  );
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  const joined = kept.join('/');
  return `/${joined}${joined !== '' && path.endsWith('/') ? '/' : ''}`;
}

/** An encoded slash belongs to its segment and stays encoded. */
function reencodeSegment(segment: string): string {
  return uriEncode(uriDecode(segment));
}

function reencode(text: string): string {
  // A literal plus is how forms write a space.
  return uriEncode(uriDecode(text.includes('+') ? text.replaceAll('+', '%20') : text));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
