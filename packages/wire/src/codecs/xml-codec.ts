import type { ListShape, MapShape, Member, Shape, StructureShape } from '../model/shapes.ts';
import { formatScalar, parseScalar } from './scalar-text.ts';
import { childrenOf, escapeXml, textOf } from './xml-text.ts';
import type { XmlNode } from './xml-text.ts';

/** The element of that name that holds a value. `namespace` declares the document's. */
export function toXml(name: string, shape: Shape, value: unknown, namespace?: string): string {
  const attribute = namespace === undefined ? '' : ` xmlns="${escapeXml(namespace)}"`;
  return element(name, attribute, shape, undefined, value);
}

/** The elements of a structure's members, without an element around them; of REST's members only those of the body. */
export function membersToXml(shape: StructureShape, value: unknown): string {
  // A structure's value is an object; an absent member reads as undefined.
  const source = (value ?? {}) as Record<string, unknown>;
  let xml = '';
  for (const member of shape.members) {
    const item = source[member.name];
    if (item === undefined || item === null || member.xmlAttribute || member.location !== 'body') continue;
    xml += memberToXml(member, item);
  }
  return xml;
}

/** The value of an element's content. Values of the wrong type are kept as text, for `validate` to refuse. */
export function fromXml(shape: StructureShape, node: XmlNode): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const member of shape.members) {
    if (member.location !== 'body') continue;
    const item = memberFromXml(member, node);
    if (item !== undefined) value[member.name] = item;
  }
  return value;
}

function memberToXml(member: Member, value: unknown): string {
  const { shape } = member;
  if (shape.type === 'list' && isFlattened(member, shape)) {
    return items(value)
      .map((item) => element(flatName(member, shape), '', shape.member.shape, shape.member, item))
      .join('');
  }
  if (shape.type === 'map' && isFlattened(member, shape)) {
    return entries(value)
      .map((entry) => mapEntry(member.wireName, shape, entry))
      .join('');
  }
  return element(member.wireName, namespaceOf(member), shape, member, value);
}

function element(name: string, attributes: string, shape: Shape, member: Member | undefined, value: unknown): string {
  return `<${name}${attributes}${attributesOf(shape, value)}>${content(shape, member, value)}</${name}>`;
}

function content(shape: Shape, member: Member | undefined, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (shape.type === 'structure') return membersToXml(shape, value);
  if (shape.type === 'list') {
    const { member: inner } = shape;
    return items(value)
      .map((item) => element(inner.wireName, '', inner.shape, inner, item))
      .join('');
  }
  if (shape.type === 'map')
    return entries(value)
      .map((entry) => mapEntry('entry', shape, entry))
      .join('');
  return escapeXml(formatScalar(member, shape, value, 'iso8601'));
}

function mapEntry(name: string, shape: MapShape, [key, value]: readonly [string, unknown]): string {
  const keyXml = element(shape.key.wireName, '', shape.key.shape, shape.key, key);
  return `<${name}>${keyXml}${element(shape.value.wireName, '', shape.value.shape, shape.value, value)}</${name}>`;
}

function namespaceOf({ xmlNamespace: own, shape }: Member): string {
  const xmlNamespace = own ?? (shape.type === 'structure' ? shape.xmlNamespace : undefined);
  if (xmlNamespace === undefined) return '';
  const prefix = xmlNamespace.prefix === undefined ? '' : `:${xmlNamespace.prefix}`;
  return ` xmlns${prefix}="${escapeXml(xmlNamespace.uri)}"`;
}

function attributesOf(shape: Shape, value: unknown): string {
  if (shape.type !== 'structure' || typeof value !== 'object' || value === null) return '';
  const attributes = shape.members.filter((member) => member.xmlAttribute);
  return attributes
    .map((member) => {
      // An object, checked above.
      const item = (value as Record<string, unknown>)[member.name];
      return item === undefined
        ? ''
        : ` ${member.wireName}="${escapeXml(formatScalar(member, member.shape, item, 'iso8601'))}"`;
    })
    .join('');
}

function memberFromXml(member: Member, node: XmlNode): unknown {
  const { shape } = member;
  if (member.xmlAttribute) return childrenOf(node, `@${member.wireName}`).map(textOf)[0];
  if (shape.type === 'list' && isFlattened(member, shape)) {
    const nodes = childrenOf(node, flatName(member, shape));
    return nodes.length === 0 ? undefined : nodes.map((item) => valueFromXml(shape.member.shape, item));
  }
  const nodes = childrenOf(node, member.wireName);
  const first = nodes[0];
  if (first === undefined) return undefined;
  if (shape.type === 'map' && isFlattened(member, shape)) return mapFromXml(shape, nodes);
  return valueFromXml(shape, first);
}

function valueFromXml(shape: Shape, node: XmlNode): unknown {
  if (shape.type === 'structure') return fromXml(shape, node);
  if (shape.type === 'list')
    return childrenOf(node, shape.member.wireName).map((item) => valueFromXml(shape.member.shape, item));
  if (shape.type === 'map') return mapFromXml(shape, childrenOf(node, 'entry'));
  return parseScalar(shape, textOf(node));
}

function mapFromXml(shape: MapShape, nodes: readonly XmlNode[]): Record<string, unknown> {
  const pairs = nodes.map((node) => {
    const key = childrenOf(node, shape.key.wireName).map(textOf)[0] ?? '';
    const value = childrenOf(node, shape.value.wireName)[0] ?? '';
    return [key, valueFromXml(shape.value.shape, value)] as const;
  });
  return Object.fromEntries(pairs);
}

function isFlattened(member: Member, shape: ListShape | MapShape): boolean {
  return member.flattened || shape.flattened;
}

/** A flattened list's items bear the name of the member, or where only the items are named, that name. */
function flatName(member: Member, shape: ListShape): string {
  return !member.renamed && shape.member.renamed ? shape.member.wireName : member.wireName;
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
