/** An input that cannot be fetched, or an output that cannot be stored, for a reason that trying again does not change. The message is for the user. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
