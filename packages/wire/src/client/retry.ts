import { WireError } from '../errors.ts';

/** Codes by which services say: not now. */
const throttled = new Set([
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
]);

const longestDelayMs = 20_000;

/** Whether the same call may succeed when it is tried again. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof WireError)) return false;
  return throttled.has(error.code) || error.status === 429 || (error.status >= 500 && error.status !== 501);
}

/** Pause after a try, in milliseconds: random below a bound that doubles, so that clients do not come back together. */
export function retryDelay(attempt: number, firstMs: number): number {
  return Math.random() * Math.min(longestDelayMs, firstMs * 2 ** (attempt - 1));
}
