import { WireError } from '../errors.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../model/shapes.ts';
import { constraintsOf } from './constraints.ts';
import { describeValue } from './describe-value.ts';
import { typeMismatch } from './type-mismatch.ts';

/** Checks a value, adding what is wrong to the findings. Thrown when the value has another type than the model says. */
export type Validator = (value: unknown, findings: Findings) => void;

/** What one validation has found so far, and where it is. */
export interface Findings {
  /** Names and positions from the input down to the value at hand. */
  readonly path: string[];
  /** "Value 'x' at 'y' failed to satisfy constraint: …" */
  readonly violations: string[];
}

/** More violations than these are not listed: an input with a million bad items must not make an answer of their size. */
const mostViolations = 100;

const structures = new WeakMap<StructureShape, Validator>();

/** The validator of a shape, compiled once; recursive shapes refer to themselves. */
export function compileValidator(shape: Shape): Validator {
  if (shape.type === 'structure') return compileStructure(shape);
  if (shape.type === 'list') return compileList(shape);
  if (shape.type === 'map') return compileMap(shape);
  return compileScalar(shape);
}

function compileStructure(shape: StructureShape): Validator {
  const known = structures.get(shape);
  if (known !== undefined) return known;

  let steps: readonly Step[] | undefined;
  const validate: Validator = (value, findings) => {
    if (!isRecord(value)) throw mismatch(shape, value, findings);
    steps ??= shape.members.map(compileMember);
    for (const step of steps) {
      const member = value[step.name];
      if (member === undefined || member === null) {
        if (step.required) addMissing(step.pathName, findings);
        continue;
      }
      findings.path.push(step.pathName);
      step.validate(member, findings);
      findings.path.pop();
    }
  };
  structures.set(shape, validate);
  return validate;
}

interface Step {
  readonly name: string;
  /** The member's name as AWS writes it in messages: its first letter is small. */
  readonly pathName: string;
  readonly required: boolean;
  readonly validate: Validator;
}

function compileMember(member: Member): Step {
  const pathName = member.name.charAt(0).toLowerCase() + member.name.slice(1);
  // A streamed body is checked by whoever reads it.
  const isStream = member.shape.type === 'structure' && member.shape.eventStream;
  const validate = isStream ? () => {} : compileValidator(member.shape);
  return { name: member.name, pathName, required: member.required, validate };
}

function compileScalar(shape: Shape): Validator {
  const constraints = constraintsOf(shape);
  const hasType = typeTests[shape.type];
  return (value, findings) => {
    if (!hasType(value)) throw mismatch(shape, value, findings);
    for (const constraint of constraints) {
      // The type was checked above, and constraintsOf() made the constraint for exactly this type.
      if (!constraint.holds(value as never)) add(shape, value, constraint.text, findings);
    }
  };
}

function compileList(shape: ListShape): Validator {
  const constraints = constraintsOf(shape);
  const element = shape.member.shape;
  const checkElements = isContainer(element)
    ? eachElement(compileValidator(element))
    : allScalars(shape, element, 'Member must satisfy constraint');
  return (value, findings) => {
    if (!Array.isArray(value)) throw mismatch(shape, value, findings);
    for (const constraint of constraints) {
      // A list, which is what the constraints of a list shape take.
      if (!constraint.holds(value as never)) add(shape, value, constraint.text, findings);
    }
    checkElements(value, value, findings);
  };
}

function compileMap(shape: MapShape): Validator {
  const constraints = constraintsOf(shape);
  const item = shape.value.shape;
  const checkKeys = allScalars(shape, shape.key.shape, 'Map keys must satisfy constraint');
  const checkValues = isContainer(item)
    ? eachEntry(compileValidator(item))
    : allScalars(shape, item, 'Map value must satisfy constraint');
  return (value, findings) => {
    if (!isRecord(value)) throw mismatch(shape, value, findings);
    for (const constraint of constraints) {
      // An object, which is what the constraints of a map shape take.
      if (!constraint.holds(value as never)) add(shape, value, constraint.text, findings);
    }
    checkKeys(Object.keys(value), value, findings);
    checkValues(Object.values(value), value, findings);
  };
}

type CheckItems = (items: readonly unknown[], whole: unknown, findings: Findings) => void;

function eachElement(validate: Validator): CheckItems {
  return (items, _whole, findings) => {
    for (let index = 0; index < items.length; index += 1) {
      findings.path.push(`${index + 1}.member`);
      const item = items[index];
      if (item === null || item === undefined) addNull(findings);
      else validate(item, findings);
      findings.path.pop();
    }
  };
}

function eachEntry(validate: Validator): CheckItems {
  return (items, whole, findings) => {
    // `items` are the values of the record `whole`, in the order of its keys.
    const keys = Object.keys(whole as object);
    for (let index = 0; index < items.length; index += 1) {
      findings.path.push(`${keys[index] ?? ''}.member`);
      const item = items[index];
      if (item === null || item === undefined) addNull(findings);
      else validate(item, findings);
      findings.path.pop();
    }
  };
}

/** Scalars in a list or map are reported once for the whole, with everything that is asked of each of them. */
function allScalars(container: ListShape | MapShape, shape: Shape, wording: string): CheckItems {
  const constraints = constraintsOf(shape);
  const hasType = typeTests[shape.type];
  const text = `${wording}: [${constraints.map((constraint) => constraint.text).join(', ')}]`;
  return (items, whole, findings) => {
    let holds = true;
    for (const item of items) {
      if (item === null || item === undefined) {
        add(container, whole, `${wording}: [Member must not be null]`, findings);
        return;
      }
      if (!hasType(item)) throw mismatch(shape, item, findings);
      // The type was checked above, and constraintsOf() made the constraints for exactly this type.
      for (const constraint of constraints) holds &&= constraint.holds(item as never);
    }
    if (!holds) add(container, whole, text, findings);
  };
}

const isInteger = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value);
const isNumber = (value: unknown): boolean => typeof value === 'number';

const typeTests: Readonly<Record<Shape['type'], (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: isInteger,
  long: isInteger,
  float: isNumber,
  double: isNumber,
  timestamp: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  blob: (value) => value instanceof Uint8Array || isStream(value),
  structure: isRecord,
  list: Array.isArray,
  map: isRecord,
};

function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isContainer(shape: Shape): boolean {
  return shape.type === 'structure' || shape.type === 'list' || shape.type === 'map';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array)
  );
}

function add(shape: Shape, value: unknown, text: string, findings: Findings): void {
  push(
    `${describeValue(shape, value)} at '${findings.path.join('.')}' failed to satisfy constraint: ${text}`,
    findings,
  );
}

function addNull(findings: Findings): void {
  push(`Value null at '${findings.path.join('.')}' failed to satisfy constraint: Member must not be null`, findings);
}

function addMissing(pathName: string, findings: Findings): void {
  const path = [...findings.path, pathName].join('.');
  push(`Value null at '${path}' failed to satisfy constraint: Member must not be null`, findings);
}

function push(violation: string, findings: Findings): void {
  if (findings.violations.length < mostViolations) findings.violations.push(violation);
}

function mismatch(shape: Shape, value: unknown, findings: Findings): WireError {
  return new WireError('SerializationException', typeMismatch(shape, value, findings.path));
}
