import type { ListShape, MapShape, Member, Shape, StructureShape } from '../model/shapes.ts';
import { formatScalar, parseScalar } from './scalar-text.ts';

/** Parameters of a structure in the query protocol: `Tags.member.1.Key=a`. */
export function toQuery(shape: StructureShape, value: unknown): [string, string][] {
  const parameters: [string, string][] = [];
  writeStructure(shape, value, '', parameters);
  return parameters;
}

/** The structure that parameters stand for. Values of the wrong type are kept as text, for `validate` to refuse. */
export function fromQuery(
  shape: StructureShape,
  parameters: Iterable<readonly [string, string]>,
): Record<string, unknown> {
  return readStructure(shape, buildTree(parameters));
}

function writeStructure(shape: StructureShape, value: unknown, prefix: string, into: [string, string][]): void {
  // A structure's value is an object; an absent member reads as undefined.
  const source = (value ?? {}) as Record<string, unknown>;
  for (const member of shape.members) {
    const item = source[member.name];
    if (item !== undefined && item !== null) write(member, member.shape, item, join(prefix, member.wireName), into);
  }
}

function write(member: Member, shape: Shape, value: unknown, name: string, into: [string, string][]): void {
  if (shape.type === 'structure') writeStructure(shape, value, name, into);
  else if (shape.type === 'list')
    writeList(shape, value, isFlattened(member, shape) ? name : join(name, shape.member.wireName), name, into);
  else if (shape.type === 'map') writeMap(shape, value, isFlattened(member, shape) ? name : join(name, 'entry'), into);
  else into.push([name, formatScalar(member, shape, value, 'iso8601')]);
}

function writeList(shape: ListShape, value: unknown, prefix: string, name: string, into: [string, string][]): void {
  if (!Array.isArray(value)) return;
  if (value.length === 0) into.push([name, '']);
  for (const [index, item] of value.entries()) {
    write(shape.member, shape.member.shape, item, `${prefix}.${index + 1}`, into);
  }
}

function writeMap(shape: MapShape, value: unknown, prefix: string, into: [string, string][]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [index, [key, item]] of Object.entries(value).entries()) {
    into.push([`${prefix}.${index + 1}.${shape.key.wireName}`, key]);
    write(shape.value, shape.value.shape, item, `${prefix}.${index + 1}.${shape.value.wireName}`, into);
  }
}

/** Parameters by the parts of their names; a leaf holds its text under the empty name. */
interface Tree {
  text: string | undefined;
  readonly children: Map<string, Tree>;
}

/** Deeper names are not looked at: no model nests so far. */
const deepest = 32;

function buildTree(parameters: Iterable<readonly [string, string]>): Tree {
  const root: Tree = { text: undefined, children: new Map() };
  for (const [name, text] of parameters) {
    let node = root;
    for (const part of name.split('.', deepest)) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { text: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.text = text;
  }
  return root;
}

function readStructure(shape: StructureShape, tree: Tree): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const member of shape.members) {
    const child = tree.children.get(member.wireName);
    if (child !== undefined) value[member.name] = read(member, member.shape, child);
  }
  return value;
}

function read(member: Member, shape: Shape, tree: Tree): unknown {
  if (shape.type === 'structure') return readStructure(shape, tree);
  if (shape.type === 'list') return readList(shape, unwrap(tree, isFlattened(member, shape), shape.member.wireName));
  if (shape.type === 'map') return readMap(shape, unwrap(tree, isFlattened(member, shape), 'entry'));
  return parseScalar(shape, tree.text ?? '');
}

/** Clients differ in whether they wrap: a list without the wrapping part is read as well. */
function unwrap(tree: Tree, flattened: boolean, wrapper: string): Tree {
  return flattened ? tree : (tree.children.get(wrapper) ?? tree);
}

function readList(shape: ListShape, tree: Tree): unknown[] {
  return numbered(tree).map((item) => read(shape.member, shape.member.shape, item));
}

function readMap(shape: MapShape, tree: Tree): Record<string, unknown> {
  const entries = numbered(tree).map((entry) => {
    const key = entry.children.get(shape.key.wireName)?.text ?? '';
    const value = entry.children.get(shape.value.wireName);
    return [key, value === undefined ? undefined : read(shape.value, shape.value.shape, value)] as const;
  });
  return Object.fromEntries(entries);
}

function numbered(tree: Tree): Tree[] {
  const entries = [...tree.children].filter(([name]) => /^\d+$/.test(name));
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

function isFlattened(member: Member, shape: ListShape | MapShape): boolean {
  return member.flattened || shape.flattened;
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
