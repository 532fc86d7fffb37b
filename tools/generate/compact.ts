/** A JSON value of a service model. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A service model of botocore, without documentation and without what Rung never reads. */
export interface CompactModel {
  metadata: { serviceFullName: string };
  operations: Record<string, CompactOperation>;
  shapes: Record<string, CompactShape>;
  pagination: JsonObject;
  waiters: JsonObject;
}

export interface CompactOperation {
  http: { method: string; requestUri: string; responseCode?: number };
  input?: { shape: string };
  output?: { shape: string };
  errors?: readonly { shape: string }[];
}

export interface CompactMember {
  shape: string;
  streaming?: boolean;
}

export interface CompactShape {
  type: string;
  members?: Record<string, CompactMember>;
  required?: readonly string[];
  member?: CompactMember;
  key?: CompactMember;
  value?: CompactMember;
  enum?: readonly string[];
  payload?: string;
  exception?: boolean;
  eventstream?: boolean;
}

const metadataKept = [
  'apiVersion',
  'awsQueryCompatible',
  'endpointPrefix',
  'jsonVersion',
  'protocol',
  'protocols',
  'serviceFullName',
  'serviceId',
  'signingName',
  'targetPrefix',
  'xmlNamespace',
];

const operationKept = ['http', 'input', 'output', 'errors', 'httpChecksum', 'authtype', 'unsignedPayload'];

/** Traits of shapes and members that no part of Rung reads. */
const shapeDropped = new Set([
  'documentation',
  'documentationUrl',
  'deprecated',
  'deprecatedMessage',
  'deprecatedSince',
  'contextParam',
  'box',
  'synthetic',
  'xmlOrder',
  'hostLabel',
]);

/** Keeps what Rung reads of a service model, and only the shapes that an operation reaches. */
export function compact(service: JsonObject, pagination: JsonObject, waiters: JsonObject): CompactModel {
  const operations = mapObject(object(service['operations']), (operation) => pick(object(operation), operationKept));
  const all = object(service['shapes']);
  const shapes: Record<string, JsonObject> = {};
  for (const operation of Object.values(operations)) collect(operation, all, shapes);
  const model = {
    metadata: pick(object(service['metadata']), metadataKept),
    operations: sorted(operations),
    shapes: sorted(shapes),
    pagination: sorted(pagination),
    waiters: sorted(waiters),
  };
  // The source is botocore's published format, checksummed; the checks of the emitted types cover the rest.
  return model as unknown as CompactModel;
}

/** Text of a compact model: one line for each operation, shape, paginator and waiter, so that an update reads well as a diff. */
export function formatModel(model: CompactModel): string {
  const sections = Object.entries(model).map(([section, content]: [string, JsonObject]) => {
    const lines = Object.entries(content).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    return `${JSON.stringify(section)}:{\n${lines.join(',\n')}\n}`;
  });
  return `{\n${sections.join(',\n')}\n}\n`;
}

function collect(node: Json, all: JsonObject, into: Record<string, JsonObject>): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) collect(item, all, into);
    return;
  }
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'shape' || typeof value !== 'string') {
      collect(value, all, into);
    } else if (into[value] === undefined) {
      const shape = strip(object(all[value]));
      into[value] = shape;
      collect(shape, all, into);
    }
  }
}

/** Drops unread traits. Inside `members` the keys are names of the service's own, so that nothing is dropped there. */
function strip(shape: JsonObject): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(shape)) {
    if (shapeDropped.has(key)) continue;
    if (key === 'members') kept[key] = mapObject(object(value), (member) => strip(object(member)));
    else if (key === 'member' || key === 'key' || key === 'value') kept[key] = strip(object(value));
    else kept[key] = value;
  }
  return kept;
}

function pick(source: JsonObject, keys: readonly string[]): JsonObject {
  const picked: Record<string, Json> = {};
  for (const key of keys) {
    const value = source[key];
    if (value !== undefined) picked[key] = dropDocumentation(value);
  }
  return picked;
}

function dropDocumentation(value: Json): Json {
  if (Array.isArray(value)) return value.map(dropDocumentation);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'documentation');
  return Object.fromEntries(entries.map(([key, inner]) => [key, dropDocumentation(inner)]));
}

function sorted(source: JsonObject): JsonObject {
  const entries = Object.entries(source);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mapObject<T>(source: JsonObject, map: (value: Json) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, map(value)]));
}

/** The value as an object. Thrown when it is none. */
export function object(value: Json | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`the service model holds ${JSON.stringify(value)} where an object belongs`);
  }
  // Narrowed above: not null, not a list; `Array.isArray` does not exclude readonly arrays by itself.
  return value as JsonObject;
}
