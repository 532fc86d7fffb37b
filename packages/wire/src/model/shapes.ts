import type { RawMember, RawShape } from './raw-model.ts';

/** A shape of a service model, with its members resolved on first use. */
export type Shape =
  | StructureShape
  | ListShape
  | MapShape
  | StringShape
  | NumberShape
  | BooleanShape
  | TimestampShape
  | BlobShape;

export type TimestampFormat = 'epoch' | 'iso8601' | 'rfc822';

/** How a structure's member travels in the REST protocols; `body` is also the answer for all other protocols. */
export type Location = 'body' | 'header' | 'headers' | 'querystring' | 'uri' | 'statusCode';

/** A use of a shape: by a structure, a list or a map. */
export interface Member {
  /** As the API names it. */
  readonly name: string;
  /** As the wire names it in XML, query strings, headers and paths. */
  readonly wireName: string;
  /** Whether the model gives `wireName` explicitly. */
  readonly renamed: boolean;
  readonly location: Location;
  readonly required: boolean;
  readonly flattened: boolean;
  readonly xmlAttribute: boolean;
  readonly xmlNamespace: XmlNamespace | undefined;
  readonly timestampFormat: TimestampFormat | undefined;
  readonly idempotencyToken: boolean;
  readonly eventPayload: boolean;
  readonly shape: Shape;
}

export interface XmlNamespace {
  readonly uri: string;
  readonly prefix?: string;
}

interface Named {
  readonly name: string;
}

export interface StructureShape extends Named {
  readonly type: 'structure';
  readonly members: readonly Member[];
  readonly byName: ReadonlyMap<string, Member>;
  /** The member that is the whole body of a message in the REST protocols. */
  readonly payload: Member | undefined;
  readonly eventStream: boolean;
  readonly union: boolean;
  readonly exception: ErrorTraits | undefined;
  readonly xmlNamespace: XmlNamespace | undefined;
}

export interface ErrorTraits {
  /** The code on the wire of the query and XML protocols, where it is not the shape's name. */
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly fault: 'client' | 'server';
}

export interface ListShape extends Named {
  readonly type: 'list';
  readonly member: Member;
  readonly flattened: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface MapShape extends Named {
  readonly type: 'map';
  readonly key: Member;
  readonly value: Member;
  readonly flattened: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface StringShape extends Named {
  readonly type: 'string';
  readonly values: readonly string[] | undefined;
  readonly pattern: string | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly sensitive: boolean;
}

export interface NumberShape extends Named {
  readonly type: 'integer' | 'long' | 'float' | 'double';
  readonly min: number | undefined;
  readonly max: number | undefined;
}

export interface BooleanShape extends Named {
  readonly type: 'boolean';
}

export interface TimestampShape extends Named {
  readonly type: 'timestamp';
  readonly format: TimestampFormat | undefined;
}

export interface BlobShape extends Named {
  readonly type: 'blob';
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly sensitive: boolean;
}

type Resolve = (name: string) => Shape;

/** Builds the shape of a raw one; what it refers to is resolved only when it is asked for. */
export function createShape(name: string, raw: RawShape, resolve: Resolve): Shape {
  const { min, max } = raw;
  switch (raw.type) {
    case 'structure':
      return new LazyStructure(name, raw, resolve);
    case 'list': {
      const member = new LazyMember('member', expect(raw.member, name), false, resolve);
      return { type: 'list', name, member, flattened: raw.flattened === true, min, max };
    }
    case 'map': {
      const key = new LazyMember('key', expect(raw.key, name), false, resolve);
      const value = new LazyMember('value', expect(raw.value, name), false, resolve);
      return { type: 'map', name, key, value, flattened: raw.flattened === true, min, max };
    }
    case 'string':
      return {
        type: 'string',
        name,
        values: raw.enum,
        pattern: raw.pattern,
        min,
        max,
        sensitive: raw.sensitive === true,
      };
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return { type: raw.type, name, min, max };
    case 'boolean':
      return { type: 'boolean', name };
    case 'timestamp':
      return { type: 'timestamp', name, format: timestampFormat(raw.timestampFormat) };
    case 'blob':
      return { type: 'blob', name, min, max, sensitive: raw.sensitive === true };
    default:
      throw new Error(`the service model gives shape "${name}" the unknown type "${raw.type}"`);
  }
}

class LazyStructure implements StructureShape {
  readonly type = 'structure';
  readonly name: string;
  readonly #raw: RawShape;
  readonly #resolve: Resolve;
  #members: readonly Member[] | undefined;
  #byName: ReadonlyMap<string, Member> | undefined;

  constructor(name: string, raw: RawShape, resolve: Resolve) {
    this.name = name;
    this.#raw = raw;
    this.#resolve = resolve;
  }

  get members(): readonly Member[] {
    if (this.#members === undefined) {
      const required = new Set(this.#raw.required);
      this.#members = Object.entries(this.#raw.members ?? {}).map(
        ([name, raw]) => new LazyMember(name, raw, required.has(name), this.#resolve),
      );
    }
    return this.#members;
  }

  get byName(): ReadonlyMap<string, Member> {
    this.#byName ??= new Map(this.members.map((member) => [member.name, member]));
    return this.#byName;
  }

  get payload(): Member | undefined {
    return this.#raw.payload === undefined ? undefined : this.byName.get(this.#raw.payload);
  }

  get eventStream(): boolean {
    return this.#raw.eventstream === true;
  }

  get union(): boolean {
    return this.#raw.union === true;
  }

  get xmlNamespace(): XmlNamespace | undefined {
    return this.#raw.xmlNamespace;
  }

  get exception(): ErrorTraits | undefined {
    const { exception, error, fault } = this.#raw;
    if (exception !== true) return undefined;
    const status = error?.httpStatusCode;
    const isServerFault = fault === true || (status !== undefined && status >= 500);
    return { code: error?.code, status, fault: isServerFault ? 'server' : 'client' };
  }
}

class LazyMember implements Member {
  readonly name: string;
  readonly wireName: string;
  readonly renamed: boolean;
  readonly location: Location;
  readonly required: boolean;
  readonly flattened: boolean;
  readonly xmlAttribute: boolean;
  readonly xmlNamespace: XmlNamespace | undefined;
  readonly timestampFormat: TimestampFormat | undefined;
  readonly idempotencyToken: boolean;
  readonly eventPayload: boolean;
  readonly #target: string;
  readonly #resolve: Resolve;
  #shape: Shape | undefined;

  constructor(name: string, raw: RawMember, required: boolean, resolve: Resolve) {
    this.name = name;
    this.wireName = raw.locationName ?? name;
    this.renamed = raw.locationName !== undefined;
    this.location = location(raw.location);
    this.required = required;
    this.flattened = raw.flattened === true;
    this.xmlAttribute = raw.xmlAttribute === true;
    this.xmlNamespace = raw.xmlNamespace;
    this.timestampFormat = timestampFormat(raw.timestampFormat);
    this.idempotencyToken = raw.idempotencyToken === true;
    this.eventPayload = raw.eventpayload === true;
    this.#target = raw.shape;
    this.#resolve = resolve;
  }

  get shape(): Shape {
    this.#shape ??= this.#resolve(this.#target);
    return this.#shape;
  }
}

const locations: ReadonlySet<string> = new Set(['header', 'headers', 'querystring', 'uri', 'statusCode']);

function location(raw: string | undefined): Location {
  // The set holds exactly the other locations.
  return raw !== undefined && locations.has(raw) ? (raw as Location) : 'body';
}

function timestampFormat(raw: string | undefined): TimestampFormat | undefined {
  if (raw === undefined) return undefined;
  if (raw === 'unixTimestamp') return 'epoch';
  if (raw === 'iso8601' || raw === 'rfc822') return raw;
  throw new Error(`the service model names the unknown timestamp format "${raw}"`);
}

function expect(member: RawMember | undefined, shape: string): RawMember {
  if (member === undefined) throw new Error(`the service model's list or map "${shape}" has no member`);
  return member;
}
