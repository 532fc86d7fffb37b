import type { Shape } from '../model/shapes.ts';
import { constraintsOf } from '../validation/constraints.ts';

/** Texts that few patterns accept; the last ones only where any text can be sent, as in a JSON body. */
const printable = ['!', '?', ' ', '~', '#{}', '*', '<>', '-', 'a b', '_'];
const unprintable = ['\u00e9', '\n', '\u0000', '\u2028'];
const longestText = 100_000;

/** For each constraint of a scalar shape a value that violates it; none for a pattern that accepts everything. */
export function wrongValuesOf(shape: Shape, isPlainText: boolean): { value: unknown; text: string }[] {
  const pool = candidates(shape, isPlainText);
  return constraintsOf(shape).flatMap(({ holds, text }) => {
    // candidates() gives values of the type that the shape's constraints take.
    const value = pool.find((candidate) => !holds(candidate as never));
    return value === undefined ? [] : [{ value, text }];
  });
}

/** A value of another type than the shape's, one that no protocol with types takes for it. */
export function wrongTypeOf(shape: Shape): unknown {
  switch (shape.type) {
    case 'string':
      return 42;
    case 'boolean':
    case 'integer':
    case 'long':
    case 'timestamp':
      return 'neither';
    case 'float':
    case 'double':
      return 'none';
    case 'structure':
    case 'map':
      return shape.type === 'structure' && shape.eventStream ? undefined : ['text'];
    case 'list':
      return { key: 'text' };
    case 'blob':
      break;
  }
  return undefined;
}

function candidates(shape: Shape, isPlainText: boolean): unknown[] {
  if (shape.type === 'string') {
    const lengths = [(shape.min ?? 0) - 1, (shape.max ?? longestText) + 1];
    const sized = lengths.filter((length) => length >= 0 && length < longestText).map((length) => 'a'.repeat(length));
    const texts = isPlainText ? printable : [...printable, ...unprintable];
    return [...texts.map((text) => text.repeat(Math.max(1, shape.min ?? 1))), ...sized];
  }
  if (shape.type === 'blob') {
    const tooLong = (shape.max ?? longestText) + 1;
    return tooLong < longestText ? [Buffer.alloc(tooLong)] : [];
  }
  if (shape.type === 'integer' || shape.type === 'long' || shape.type === 'float' || shape.type === 'double') {
    return [(shape.min ?? 0) - 1, (shape.max ?? 0) + 1].filter((value) => Number.isSafeInteger(value));
  }
  return [];
}
