import { WireError } from '../errors.ts';
import type { Member, Shape, StructureShape } from '../model/shapes.ts';
import { formatTimestamp, parseTimestamp, timestampFormatOf } from './timestamps.ts';

/** Deeper values are refused: the shapes that contain themselves would carry a hostile body as deep as it likes. */
const deepest = 256;

/**
 * JSON value of a value of that shape: times as epoch seconds, blobs as base64, only members that the model knows.
 * `isIncluded` picks the members of the outermost structure (REST sends some of them elsewhere).
 */
export function toJson(shape: Shape, value: unknown, isIncluded?: (member: Member) => boolean): unknown {
  return encode(shape, undefined, value, isIncluded);
}

/**
 * The value that a JSON value stands for. Nulls in structures are absent members; members that the model does not know
 * are kept, for `unknownMembers` to name; a value of the wrong type is kept too, for `validate` to refuse.
 * Thrown when the value is nested more than 256 levels deep (`SerializationException`).
 */
export function fromJson(shape: StructureShape, json: Record<string, unknown>): Record<string, unknown> {
  // A structure given an object gives an object.
  return decode(shape, json, 0) as Record<string, unknown>;
}

function encode(
  shape: Shape,
  member: Member | undefined,
  value: unknown,
  isIncluded?: (member: Member) => boolean,
): unknown {
  if (value === null || value === undefined) return value;
  if (shape.type === 'structure') return encodeStructure(shape, value, isIncluded);
  if (shape.type === 'list' && Array.isArray(value)) {
    return value.map((item: unknown) => encode(shape.member.shape, shape.member, item) ?? null);
  }
  if (shape.type === 'map' && typeof value === 'object') {
    const entries = Object.entries(value).map(([key, item]) => [key, encode(shape.value.shape, shape.value, item)]);
    return Object.fromEntries(entries);
  }
  if (value instanceof Date) return formatTimestamp(value, timestampFormatOf(member, shape, 'epoch'));
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}

function encodeStructure(shape: StructureShape, value: unknown, isIncluded?: (member: Member) => boolean): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Any object may be read by key; an absent member reads as undefined.
  const source = value as Record<string, unknown>;
  const json: Record<string, unknown> = {};
  for (const member of shape.members) {
    const item = source[member.name];
    if (item === undefined || item === null) continue;
    if (isIncluded !== undefined && !isIncluded(member)) continue;
    json[member.renamed ? member.wireName : member.name] = encode(member.shape, member, item);
  }
  return json;
}

function decode(shape: Shape, json: unknown, depth: number): unknown {
  if (json === null || json === undefined) return json;
  if (depth > deepest) throw tooDeep();
  if (shape.type === 'structure') return decodeStructure(shape, json, depth);
  if (shape.type === 'list') {
    return Array.isArray(json) ? json.map((item: unknown) => decode(shape.member.shape, item, depth + 1)) : json;
  }
  if (shape.type === 'map') {
    if (typeof json !== 'object' || Array.isArray(json)) return json;
    const entries = Object.entries(json).map(([key, item]) => [key, decode(shape.value.shape, item, depth + 1)]);
    return Object.fromEntries(entries);
  }
  if (shape.type === 'timestamp') return parseTimestamp(json) ?? json;
  if (shape.type === 'blob') return typeof json === 'string' ? (parseBase64(json) ?? json) : json;
  if ((shape.type === 'float' || shape.type === 'double') && typeof json === 'string') return nonFinite(json) ?? json;
  return json;
}

function decodeStructure(shape: StructureShape, json: unknown, depth: number): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const value: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(json)) {
    if (item === null) continue;
    const member = memberOf(shape, key);
    if (member !== undefined) value[member.name] = decode(member.shape, item, depth + 1);
    // Assigning this one name would replace the object's prototype instead of making a member.
    else if (key !== '__proto__') value[key] = item;
  }
  return value;
}

function memberOf(shape: StructureShape, key: string): Member | undefined {
  const member = shape.byName.get(key);
  if (member !== undefined && !member.renamed) return member;
  return (
    shape.members.find(
      (candidate) => candidate.renamed && candidate.wireName === key && candidate.location === 'body',
    ) ?? member
  );
}

/** The bytes of a base64 text; undefined when it is none. */
export function parseBase64(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function nonFinite(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (text === 'Infinity') return Number.POSITIVE_INFINITY;
  return text === '-Infinity' ? Number.NEGATIVE_INFINITY : undefined;
}

function tooDeep(): WireError {
  return new WireError('SerializationException', `The body is nested more than ${deepest} levels deep.`);
}
