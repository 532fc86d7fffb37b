/** What a {@link LogStore} refuses. */

export class LogGroupNotFound extends Error {
  override readonly name = 'LogGroupNotFound';

  constructor(group: string) {
    super(`There is no log group ${JSON.stringify(group)}.`);
  }
}

export class LogStreamNotFound extends Error {
  override readonly name = 'LogStreamNotFound';

  constructor(group: string, stream: string) {
    super(`The log group ${JSON.stringify(group)} has no stream ${JSON.stringify(stream)}.`);
  }
}

/** A paging token that this store did not make, or that was made by another kind of call. */
export class InvalidLogToken extends Error {
  override readonly name = 'InvalidLogToken';

  constructor(token: string) {
    super(`${JSON.stringify(token)} is no paging token of this call. Start again without a token.`);
  }
}
