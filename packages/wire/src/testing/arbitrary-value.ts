import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Member, Shape, StructureShape } from '../model/shapes.ts';

/** Below this many levels structures are empty: the models refer to themselves. */
const deepest = 5;

/** Any value of the shape's type, with no regard to its constraints: protocols carry what validation would refuse. */
export function arbitraryStructure(shape: StructureShape): Arbitrary<Record<string, unknown>> {
  return structure(shape, 0);
}

function structure(shape: StructureShape, depth: number): Arbitrary<Record<string, unknown>> {
  if (depth >= deepest || shape.eventStream) return fc.constant({});
  const members = shape.members.filter((member) => !(member.shape.type === 'structure' && member.shape.eventStream));
  const values = members.map((member) => [member.name, memberValue(member, depth)] as const);
  const requiredKeys = members
    .filter((member) => member.location === 'uri' || isNeeded(member))
    .map(({ name }) => name);
  return fc.record(Object.fromEntries(values), { requiredKeys });
}

/** Routes are told apart by the parameters and headers that an operation requires. */
function isNeeded(member: Member): boolean {
  return member.required && member.location !== 'body';
}

function memberValue(member: Member, depth: number): Arbitrary<unknown> {
  const { shape, location } = member;
  if (location === 'uri') return shape.type === 'string' ? label() : fc.integer({ min: 1, max: 1000 });
  if (location === 'header' || location === 'querystring' || location === 'headers') return headValue(shape);
  if (location === 'statusCode') return fc.constant(200);
  return value(shape, depth + 1);
}

function headValue(shape: Shape): Arbitrary<unknown> {
  if (shape.type === 'string') return token();
  if (shape.type === 'list') return fc.array(headValue(shape.member.shape), { minLength: 1, maxLength: 3 });
  if (shape.type === 'map')
    return fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), token(), { minKeys: 1, maxKeys: 3 });
  if (shape.type === 'timestamp') return wholeSeconds();
  return value(shape, deepest);
}

function value(shape: Shape, depth: number): Arbitrary<unknown> {
  switch (shape.type) {
    case 'structure':
      return structure(shape, depth);
    case 'list':
      return fc.array(value(shape.member.shape, depth), { minLength: 1, maxLength: 2 });
    case 'map':
      return fc.dictionary(text(), value(shape.value.shape, depth), { minKeys: 1, maxKeys: 2 });
    case 'string':
      return text();
    case 'integer':
    case 'long':
      return fc.integer();
    case 'float':
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number));
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return shape.format === 'rfc822' ? wholeSeconds() : fc.integer({ min: 0, max: 4e12 }).map((ms) => new Date(ms));
    case 'blob':
      break;
  }
  return fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes));
}

function wholeSeconds(): Arbitrary<Date> {
  return fc.integer({ min: 0, max: 4e9 }).map((seconds) => new Date(seconds * 1000));
}

function text(): Arbitrary<string> {
  return fc.oneof(
    fc.string({ minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    awkward,
  );
}

const awkward = fc.constantFrom(
  '&amp;',
  '<a>',
  ']]>',
  ' a ',
  'a\r\nb\tc',
  '\u0001',
  '%2F+',
  'true',
  '1e3',
  '"quoted"',
  "it's",
  '__proto__',
);

/** What a header carries unchanged: no blanks at its ends, no comma, which would part a list. */
function token(): Arbitrary<string> {
  return fc.stringMatching(/^[!-+.-~]([ !-+.-~]{0,10}[!-+.-~])?$/);
}

function label(): Arbitrary<string> {
  return fc.oneof(fc.stringMatching(/^[a-zA-Z0-9 +%&='é]{1,10}$/), fc.constantFrom('a b', 'x%2Fy', 'é', '+', '~'));
}
