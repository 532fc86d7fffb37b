import type { Operation, ServiceModel } from '../model/service-model.ts';
import type { Shape, StructureShape } from '../model/shapes.ts';
import { findOperation } from '../validation/validate.ts';
import { sampleString } from './sample-string.ts';

/** The smallest input that the service model accepts: required members only, each with its plainest value. */
export function validInput(service: ServiceModel, operation: string | Operation): Record<string, unknown> {
  const { input } = findOperation(service, operation);
  return input === undefined ? {} : sampleStructure(input);
}

/** A value that the shape's constraints accept. */
export function sampleValue(shape: Shape): unknown {
  switch (shape.type) {
    case 'structure':
      return sampleStructure(shape);
    case 'list':
      return Array.from({ length: shape.min ?? 0 }, () => sampleValue(shape.member.shape));
    case 'map':
      return sampleMap(shape.min ?? 0, shape.key.shape, shape.value.shape);
    case 'string':
      return sampleString(shape);
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return Math.max(shape.min ?? 1, Math.min(1, shape.max ?? 1));
    case 'boolean':
      return true;
    case 'timestamp':
      return new Date('2020-01-01T00:00:00Z');
    case 'blob':
      break;
  }
  return Buffer.alloc(shape.type === 'blob' ? (shape.min ?? 0) : 0, 'a');
}

function sampleStructure(shape: StructureShape): Record<string, unknown> {
  const members = shape.union ? shape.members.slice(0, 1) : shape.members.filter((member) => member.required);
  return Object.fromEntries(members.map((member) => [member.name, sampleValue(member.shape)]));
}

function sampleMap(size: number, key: Shape, value: Shape): Record<string, unknown> {
  if (size === 0) return {};
  const keys =
    key.type === 'string' && key.values !== undefined ? key.values.slice(0, size) : [String(sampleValue(key))];
  return Object.fromEntries(keys.map((name) => [name, sampleValue(value)]));
}
