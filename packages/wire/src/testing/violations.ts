import type { Operation, ServiceModel } from '../model/service-model.ts';
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../model/shapes.ts';
import { constraintsOf } from '../validation/constraints.ts';
import { findOperation, validationCode } from '../validation/validate.ts';
import { wrongTypeOf, wrongValuesOf } from './wrong-values.ts';
import { sampleValue } from './valid-input.ts';

/** An input that is wrong in one place, and what must be said about it. */
export interface Violation {
  /** Where and how it is wrong, for the test's name: `tags.1.member.key: Member must have length …`. */
  readonly title: string;
  readonly kind: 'missing' | 'constraint' | 'type';
  readonly input: Record<string, unknown>;
  readonly code: string;
  /** Part of the error's message. */
  readonly message: string;
  /** Where the topmost member around the fault travels; a fault of the kind `type` can be sent only in JSON and CBOR bodies. */
  readonly location: Member['location'];
}

/** A wrong value somewhere below, with the path from there up. */
interface Fault {
  readonly kind: Violation['kind'];
  readonly value: unknown;
  readonly path: readonly string[];
  readonly text: string;
}

/** Below this many levels nothing is made wrong: the models refer to themselves. */
const deepest = 6;
/** Lists and maps are not made longer than this. */
const longestList = 1000;

/**
 * One wrong input for every constraint that the service model puts on an operation's input, however deep: what is
 * required and missing, too long, too short, out of range, against the pattern, not in the enumeration, of the wrong type.
 */
export function* violations(service: ServiceModel, operation: string | Operation): Generator<Violation> {
  const { input } = findOperation(service, operation);
  if (input === undefined) return;
  const valid = sampleValue(input);
  for (const member of input.members) {
    for (const fault of memberFaults(member, [])) {
      const isSendable = member.location !== 'uri' || (fault.value !== undefined && fault.value !== '');
      if (!isSendable) continue;
      const path = [...fault.path].reverse().join('.');
      const isType = fault.kind === 'type';
      yield {
        title: `${path}: ${fault.text}`,
        kind: fault.kind,
        // A structure's sample is an object.
        input: withMember(valid as Record<string, unknown>, member, fault.value),
        code: isType ? 'SerializationException' : validationCode(service),
        message: isType ? `at '${path}'` : `at '${path}' failed to satisfy constraint: ${fault.text}`,
        location: member.location,
      };
    }
  }
}

function* memberFaults(member: Member, above: readonly Shape[]): Generator<Fault> {
  const name = member.name.charAt(0).toLowerCase() + member.name.slice(1);
  if (member.required) yield { kind: 'missing', value: undefined, path: [name], text: 'Member must not be null' };
  for (const fault of faults(member.shape, above, member.location !== 'body')) {
    yield { ...fault, path: [...fault.path, name] };
  }
}

function* faults(shape: Shape, above: readonly Shape[], isPlainText: boolean): Generator<Fault> {
  if (above.length >= deepest || above.includes(shape)) return;
  if (!isPlainText) {
    const value = wrongTypeOf(shape);
    if (value !== undefined) yield { kind: 'type', value, path: [], text: 'wrong type' };
  }
  const below = [...above, shape];
  if (shape.type === 'structure') yield* structureFaults(shape, below);
  else if (shape.type === 'list') yield* listFaults(shape, below);
  else if (shape.type === 'map') yield* mapFaults(shape, below);
  else yield* scalarFaults(shape, isPlainText);
}

function* structureFaults(shape: StructureShape, below: readonly Shape[]): Generator<Fault> {
  if (shape.eventStream) return;
  // A structure's sample is an object.
  const valid = sampleValue(shape) as Record<string, unknown>;
  for (const member of shape.members) {
    for (const fault of memberFaults(member, below)) {
      yield { ...fault, value: withMember(valid, member, fault.value) };
    }
  }
}

function* listFaults(shape: ListShape, below: readonly Shape[]): Generator<Fault> {
  const item = shape.member.shape;
  if (shape.max !== undefined && shape.max < longestList) {
    const value = Array.from({ length: shape.max + 1 }, () => sampleValue(item));
    yield { kind: 'constraint', value, path: [], text: `Member must have length less than or equal to ${shape.max}` };
  }
  if (shape.min !== undefined && shape.min > 0) {
    const text = `Member must have length greater than or equal to ${shape.min}`;
    yield { kind: 'constraint', value: [], path: [], text };
  }
  for (const fault of faults(item, below, false)) {
    if (isScalar(item))
      yield { ...fault, value: [fault.value], text: wholeText('Member must satisfy constraint', item) };
    else yield { ...fault, value: [fault.value], path: [...fault.path, '1.member'] };
  }
}

function* mapFaults(shape: MapShape, below: readonly Shape[]): Generator<Fault> {
  const { key, value } = shape;
  // A map's keys are strings.
  const sampleKey = sampleValue(key.shape) as string;
  for (const fault of scalarFaults(key.shape, false)) {
    const text = wholeText('Map keys must satisfy constraint', key.shape);
    yield { ...fault, value: { [String(fault.value)]: sampleValue(value.shape) }, text };
  }
  for (const fault of faults(value.shape, below, false)) {
    const whole = { [sampleKey]: fault.value };
    if (isScalar(value.shape))
      yield { ...fault, value: whole, text: wholeText('Map value must satisfy constraint', value.shape) };
    else yield { ...fault, value: whole, path: [...fault.path, `${sampleKey}.member`] };
  }
}

function* scalarFaults(shape: Shape, isPlainText: boolean): Generator<Fault> {
  for (const { value, text } of wrongValuesOf(shape, isPlainText)) yield { kind: 'constraint', value, path: [], text };
}

function wholeText(wording: string, shape: Shape): string {
  return `${wording}: [${constraintsOf(shape)
    .map(({ text }) => text)
    .join(', ')}]`;
}

function withMember(valid: Record<string, unknown>, member: Member, value: unknown): Record<string, unknown> {
  const { [member.name]: _, ...others } = valid;
  return value === undefined ? others : { ...others, [member.name]: value };
}

function isScalar(shape: Shape): boolean {
  return shape.type !== 'structure' && shape.type !== 'list' && shape.type !== 'map';
}
