import { WireError } from '../errors.ts';

/** A parsed element: its text, or its children by name, attributes under `@name`, text beside children under `#text`. */
export type XmlNode = string | XmlElement;
export interface XmlElement {
  readonly [name: string]: XmlNode | readonly XmlNode[] | undefined;
}

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Text as XML character data; characters that XML forbids raw are written as references, as S3 does for object keys. */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters to be escaped
  return text.replace(/[&<>"'\u0000-\u0008\u000B-\u001F\u007F\uFFFE\uFFFF]/g, (character) => {
    return named[character] ?? `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  });
}

const named: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * The root element of an XML text, as its name and its content. The parser is read at its first use.
 * Thrown when the text is no well-formed XML document (`MalformedXML`).
 */
export async function parseXml(text: string): Promise<{ name: string; content: XmlNode }> {
  const { XMLParser, XMLValidator } = await import('fast-xml-parser');
  const verdict = XMLValidator.validate(text);
  if (verdict !== true) throw malformed(`${verdict.err.msg} (line ${verdict.err.line})`);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    // Only XML's own entities and character references are replaced, below: no document may declare others.
    processEntities: false,
    tagValueProcessor: (_name, value) => unescapeXml(value),
    attributeValueProcessor: (_name, value) => unescapeXml(value),
  });
  const document = parseDocument(parser, text);
  const root = Object.entries(document).find(([name]) => !name.startsWith('#') && !name.startsWith('?'));
  const content = root?.[1];
  if (root === undefined || content === undefined || isList(content)) throw malformed('it has no root element');
  return { name: root[0], content };
}

/** The parser has limits of its own, such as on depth, and plain errors for them. */
function parseDocument(parser: { parse(text: string): unknown }, text: string): XmlElement {
  try {
    // The parser gives strings, objects and lists of both under the options above.
    return parser.parse(text) as XmlElement;
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : 'unknown reason');
  }
}

/** The children of that name, none, one or more. */
export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  if (typeof node === 'string') return [];
  const child = node[name];
  if (child === undefined) return [];
  return isList(child) ? child : [child];
}

/** The character data of an element. */
export function textOf(node: XmlNode): string {
  if (typeof node === 'string') return node;
  const text = node['#text'];
  return typeof text === 'string' ? text : '';
}

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return entities[name] ?? whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function isList(node: XmlNode | readonly XmlNode[]): node is readonly XmlNode[] {
  return Array.isArray(node);
}

function malformed(reason: string): WireError {
  return new WireError('MalformedXML', `The XML you provided was not well-formed: ${reason}.`);
}
