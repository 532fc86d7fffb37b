/** A command that was asked for something it cannot do; the message says what to ask instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
