import { decode, encode, Tagged } from 'cborg';
import { WireError } from '../errors.ts';
import type { Shape, StructureShape } from '../model/shapes.ts';

/** CBOR's tag of a time, over epoch seconds. */
const timeTag = 1;

/** CBOR of a structure: only members that the model knows. */
export function encodeCbor(shape: StructureShape, value: unknown): Uint8Array {
  // Not every client reads CBOR's half and single floats.
  return encode(toCbor(shape, value ?? {}), { float64: true });
}

/**
 * The structure in a CBOR body; an empty body is an empty structure. Nulls are absent members; a value of the wrong
 * type is kept, for `validate` to refuse. Thrown when the body is no CBOR map (`SerializationException`).
 */
export function decodeCbor(shape: StructureShape | undefined, body: Uint8Array): Record<string, unknown> {
  if (body.byteLength === 0) return {};
  let cbor: unknown;
  try {
    cbor = decode(body, { tags: { [timeTag]: (content) => new Date(Math.round(Number(content()) * 1000)) } });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown reason';
    throw new WireError('SerializationException', `The body is not valid CBOR: ${reason}`, { cause });
  }
  if (!isMap(cbor)) throw new WireError('SerializationException', 'The body must be a CBOR map.');
  // A structure given a map gives an object.
  return shape === undefined ? cbor : (fromCbor(shape, cbor) as Record<string, unknown>);
}

function toCbor(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (value instanceof Date) return new Tagged(timeTag, value.getTime() / 1000);
  if (shape.type === 'list' && Array.isArray(value)) {
    return value.map((item: unknown) => toCbor(shape.member.shape, item) ?? null);
  }
  if (!isMap(value)) return value;
  if (shape.type === 'map') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCbor(shape.value.shape, item)]));
  }
  if (shape.type !== 'structure') return value;
  const cbor: Record<string, unknown> = {};
  for (const member of shape.members) {
    const item = value[member.name];
    if (item !== undefined && item !== null) cbor[member.name] = toCbor(member.shape, item);
  }
  return cbor;
}

function fromCbor(shape: Shape, cbor: unknown): unknown {
  if (shape.type === 'list') {
    return Array.isArray(cbor) ? cbor.map((item: unknown) => fromCbor(shape.member.shape, item)) : cbor;
  }
  if (shape.type === 'timestamp' && typeof cbor === 'number') return new Date(Math.round(cbor * 1000));
  if (typeof cbor === 'bigint') return Number(cbor);
  if (!isMap(cbor)) return cbor;
  if (shape.type === 'map') {
    return Object.fromEntries(Object.entries(cbor).map(([key, item]) => [key, fromCbor(shape.value.shape, item)]));
  }
  if (shape.type !== 'structure') return cbor;
  const value: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(cbor)) {
    const member = shape.byName.get(key);
    if (item === null || item === undefined) continue;
    if (member !== undefined) value[key] = fromCbor(member.shape, item);
    // Assigning this one name would replace the object's prototype instead of making a member.
    else if (key !== '__proto__') value[key] = item;
  }
  return value;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Date)
  );
}
