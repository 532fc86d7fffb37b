import type { BlobShape, ListShape, MapShape, NumberShape, Shape, StringShape } from '../model/shapes.ts';
import { compilePattern } from './patterns.ts';

/** What a model demands of a value, apart from its type: one test and AWS's words for each demand. */
export interface Constraint {
  readonly holds: (value: never) => boolean;
  /** "Member must have length less than or equal to 63" */
  readonly text: string;
}

/** Values beyond their maximum are tried against their pattern up to this many characters. */
const longestTried = 16_384;

/** Constraints in the order in which AWS lists them: longest, shortest, pattern. */
export function constraintsOf(shape: Shape): readonly Constraint[] {
  if (shape.type === 'string') return stringConstraints(shape);
  if (shape.type === 'blob') return blobConstraints(shape);
  if (shape.type === 'list') return lengthConstraints(shape, (value: readonly unknown[]) => value.length);
  if (shape.type === 'map') return lengthConstraints(shape, (value: object) => Object.keys(value).length);
  if (shape.type === 'structure' || shape.type === 'boolean' || shape.type === 'timestamp') return [];
  return numberConstraints(shape);
}

function stringConstraints(shape: StringShape): Constraint[] {
  if (shape.values !== undefined) {
    const allowed = new Set(shape.values);
    const text = `Member must satisfy enum value set: [${shape.values.join(', ')}]`;
    return [{ holds: (value: string) => allowed.has(value), text }];
  }
  const constraints = lengthConstraints(shape, (value: string) => value.length);
  if (shape.pattern !== undefined) constraints.push(patternConstraint(shape.pattern, shape.max));
  return constraints;
}

/** The expression is compiled at the first value: a model has hundreds, a program meets a few. */
function patternConstraint(pattern: string, max = Number.POSITIVE_INFINITY): Constraint {
  let expression: RegExp | undefined;
  let isCompiled = false;
  const holds = (value: string) => {
    // Refused for its length already: no expression that is slow on long values shall see it.
    if (value.length > max && value.length > longestTried) return true;
    if (!isCompiled) {
      expression = compilePattern(pattern);
      isCompiled = true;
    }
    return expression === undefined || expression.test(value);
  };
  return { holds, text: `Member must satisfy regular expression pattern: ${pattern}` };
}

function numberConstraints({ min, max }: NumberShape): Constraint[] {
  const constraints: Constraint[] = [];
  if (max !== undefined) {
    constraints.push({
      holds: (value: number) => value <= max,
      text: `Member must have value less than or equal to ${max}`,
    });
  }
  if (min !== undefined) {
    constraints.push({
      holds: (value: number) => value >= min,
      text: `Member must have value greater than or equal to ${min}`,
    });
  }
  return constraints;
}

/** A streamed blob has no length yet: whoever reads it must count. */
function blobConstraints(shape: BlobShape): Constraint[] {
  return lengthConstraints(shape, (value: Uint8Array) => value.byteLength).map(({ holds, text }) => ({
    // The length function above takes bytes.
    holds: (value: unknown) => !(value instanceof Uint8Array) || holds(value as never),
    text,
  }));
}

function lengthConstraints(
  { min, max }: StringShape | BlobShape | ListShape | MapShape,
  length: (value: never) => number,
): Constraint[] {
  const constraints: Constraint[] = [];
  if (max !== undefined) {
    constraints.push({
      holds: (value: never) => length(value) <= max,
      text: `Member must have length less than or equal to ${max}`,
    });
  }
  if (min !== undefined) {
    constraints.push({
      holds: (value: never) => length(value) >= min,
      text: `Member must have length greater than or equal to ${min}`,
    });
  }
  return constraints;
}
