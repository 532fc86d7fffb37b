import { formatScalar, parseScalar } from '../codecs/scalar-text.ts';
import { WireError } from '../errors.ts';
import type { Operation } from '../model/service-model.ts';
import type { Member, StructureShape } from '../model/shapes.ts';

/** The parts of a REST request that carry members outside the body. */
export interface RequestHead {
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** Path, query and headers of a call. Thrown when a member of the path is missing (`ValidationException`). */
export function writeRequestHead(operation: Operation, input: Record<string, unknown>): RequestHead {
  const [template = '/', literal = ''] = operation.uri.split('?', 2);
  const headers: Record<string, string> = {};
  const parameters: string[] = literal === '' ? [] : [literal];
  let path = template;
  for (const member of operation.input?.members ?? []) {
    const value = input[member.name];
    if (member.location === 'uri') path = fillLabel(path, member, value);
    else if (value === undefined || value === null) continue;
    else if (member.location === 'querystring') parameters.push(...queryParts(member, value));
    else writeHeader(member, value, headers);
  }
  return { path, query: parameters.join('&'), headers };
}

/** The members of a request that are outside its body. */
export function readRequestHead(
  shape: StructureShape,
  labels: Readonly<Record<string, string>>,
  parameters: URLSearchParams,
  headers: Headers,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const member of shape.members) {
    const value = readHeadMember(member, labels, parameters, headers);
    if (value !== undefined) input[member.name] = value;
  }
  return input;
}

/** The headers that an output's members make. */
export function writeResponseHead(
  shape: StructureShape | undefined,
  output: Record<string, unknown>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const member of shape?.members ?? []) {
    const value = output[member.name];
    if (value !== undefined && value !== null) writeHeader(member, value, headers);
  }
  return headers;
}

/** The members of an output, or of an error, that are outside the body. */
export function readResponseHead(shape: StructureShape, status: number, headers: Headers): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const member of shape.members) {
    const value = member.location === 'statusCode' ? status : readHeader(member, headers);
    if (value !== undefined) output[member.name] = value;
  }
  return output;
}

function fillLabel(path: string, member: Member, value: unknown): string {
  const text = value === undefined || value === null ? '' : formatScalar(member, member.shape, value, 'iso8601');
  if (text === '') {
    const name = member.name.charAt(0).toLowerCase() + member.name.slice(1);
    const reason = 'failed to satisfy constraint: Member must not be null';
    throw new WireError('ValidationException', `1 validation error detected: Value null at '${name}' ${reason}`);
  }
  const greedy = `{${member.wireName}+}`;
  if (path.includes(greedy)) return path.replace(greedy, () => text.split('/').map(encodeRfc3986).join('/'));
  return path.replace(`{${member.wireName}}`, () => encodeRfc3986(text));
}

function queryParts(member: Member, value: unknown): string[] {
  const { shape } = member;
  if (shape.type === 'map' && typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([key, item]) => `${encodeRfc3986(key)}=${encodeRfc3986(String(item))}`);
  }
  const inner = shape.type === 'list' ? shape.member : member;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    return `${encodeRfc3986(member.wireName)}=${encodeRfc3986(formatScalar(inner, inner.shape, item, 'iso8601'))}`;
  });
}

function writeHeader(member: Member, value: unknown, headers: Record<string, string>): void {
  const { shape } = member;
  if (member.location === 'headers' && typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) headers[`${member.wireName}${key}`.toLowerCase()] = String(item);
  }
  if (member.location !== 'header') return;
  const inner = shape.type === 'list' ? shape.member : member;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  headers[member.wireName.toLowerCase()] = items
    .map((item) => formatScalar(inner, inner.shape, item, 'rfc822'))
    .join(',');
}

function readHeadMember(
  member: Member,
  labels: Readonly<Record<string, string>>,
  parameters: URLSearchParams,
  headers: Headers,
): unknown {
  if (member.location === 'uri') {
    const text = labels[member.wireName];
    return text === undefined ? undefined : parseScalar(member.shape, text);
  }
  if (member.location !== 'querystring') return readHeader(member, headers);
  const texts = parameters.getAll(member.wireName);
  const first = texts[0];
  if (first === undefined) return undefined;
  const { shape } = member;
  return shape.type === 'list' ? texts.map((text) => parseScalar(shape.member.shape, text)) : parseScalar(shape, first);
}

function readHeader(member: Member, headers: Headers): unknown {
  if (member.location === 'headers') return readHeaderMap(member.wireName.toLowerCase(), headers);
  if (member.location !== 'header') return undefined;
  const text = headers[member.wireName.toLowerCase()];
  if (text === undefined) return undefined;
  const { shape } = member;
  if (shape.type !== 'list') return parseScalar(shape, text);
  return text.split(',').map((item) => parseScalar(shape.member.shape, item.trim()));
}

function readHeaderMap(prefix: string, headers: Headers): Record<string, string> | undefined {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    return value !== undefined && name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** AWS signs paths and queries in which all but letters, digits and `-_.~` is escaped. */
function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
