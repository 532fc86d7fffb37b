/** CloudWatch Logs' own refusals, in its words. */
import { WireError } from '@rung/wire';
import { InvalidLogToken, LogGroupNotFound, LogStreamNotFound } from '../../observability/log-errors.ts';
import type { RequestContext } from '../service.ts';

export const groupNotFound = () =>
  new WireError('ResourceNotFoundException', 'The specified log group does not exist.');
export const streamNotFound = () =>
  new WireError('ResourceNotFoundException', 'The specified log stream does not exist.');
export const groupExists = () =>
  new WireError('ResourceAlreadyExistsException', 'The specified log group already exists');
export const streamExists = () =>
  new WireError('ResourceAlreadyExistsException', 'The specified log stream already exists');
export const invalidToken = () => new WireError('InvalidParameterException', 'The specified nextToken is invalid.');
export const invalidParameter = (message: string) => new WireError('InvalidParameterException', message);

/** A handler whose refusals by the log store become those of the wire. */
export function refusing<Input, Output>(
  handler: (input: Input, context: RequestContext) => Promise<Output>,
): (input: Input, context: RequestContext) => Promise<Output> {
  return async (input, context) => {
    try {
      return await handler(input, context);
    } catch (error) {
      if (error instanceof LogGroupNotFound) throw groupNotFound();
      if (error instanceof LogStreamNotFound) throw streamNotFound();
      if (error instanceof InvalidLogToken) throw invalidToken();
      throw error;
    }
  };
}
