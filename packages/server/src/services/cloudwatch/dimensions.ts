import type { Dimension } from '@rung/wire/types/cloudwatch';
import { invalidValue } from './errors.ts';

/** Thrown when a name comes twice. */
export function toRecord(dimensions: readonly Dimension[] = []): Record<string, string> {
  const names = new Set(dimensions.map(({ Name }) => Name));
  if (names.size < dimensions.length) {
    throw invalidValue('The parameter Dimensions must not contain the same dimension name more than once.');
  }
  return Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));
}

export function fromRecord(dimensions: Readonly<Record<string, string>>): Dimension[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}
