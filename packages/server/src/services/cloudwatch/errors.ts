/** CloudWatch's own refusals, in its words. */
import { WireError } from '@rung/wire';

export const invalidValue = (message: string) => new WireError('InvalidParameterValueException', message);
export const invalidCombination = (message: string) => new WireError('InvalidParameterCombinationException', message);
export const missingParameter = (message: string) => new WireError('MissingRequiredParameterException', message);
export const invalidNextToken = () => new WireError('InvalidNextToken', 'The next token specified is invalid.');
/** GetMetricData's, for queries that are well formed and still mean nothing. */
export const validationError = (message: string) => new WireError('ValidationError', message);
