import type { Operation, ServiceModel } from '../model/service-model.ts';
import type { Shape } from '../model/shapes.ts';
import { findOperation } from './validate.ts';

/** More than these are not listed. */
const most = 50;

/**
 * Paths of members that the input has and the service model does not know, such as `ResourceConfig.InstanceTyp`.
 * AWS ignores them, so that a misspelt option is silently without effect; a server may warn about them.
 */
export function unknownMembers(service: ServiceModel, operation: string | Operation, input: unknown): string[] {
  const shape = findOperation(service, operation).input;
  const found: string[] = [];
  if (shape !== undefined) visit(shape, input, '', found);
  return found;
}

function visit(shape: Shape, value: unknown, path: string, found: string[]): void {
  if (typeof value !== 'object' || value === null || found.length >= most) return;
  if (shape.type === 'list' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(shape.member.shape, item, `${path}[${index}]`, found);
  } else if (shape.type === 'map') {
    for (const [key, item] of Object.entries(value)) visit(shape.value.shape, item, join(path, key), found);
  } else if (shape.type === 'structure' && !shape.eventStream) {
    for (const [key, item] of Object.entries(value)) {
      const member = shape.byName.get(key);
      // `__type` names a structure's own class in old clients' requests.
      if (member !== undefined) visit(member.shape, item, join(path, key), found);
      else if (key !== '__type' && found.length < most) found.push(join(path, key));
    }
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
