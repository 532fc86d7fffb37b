import assert from 'node:assert/strict';
import type { RequestContext } from '../services/service.ts';

/** The operation has behaviour; what is then called is a promise. */
export function called<Input, Output>(
  handler: ((input: Input, context: RequestContext) => Promise<Output> | Output) | undefined,
): (input: Input, context: RequestContext) => Promise<Output> {
  assert.ok(handler !== undefined);
  return async (input, context) => handler(input, context);
}
