/** What a {@link Store} refuses or cannot do. Handlers turn these into the wire's own errors. */

/** A resource of this kind has this name (or the same name in other letters: ARNs are lower-case). */
export class ResourceExists extends Error {
  override readonly name = 'ResourceExists';
  readonly kind: string;
  readonly resourceName: string;
  readonly arn: string;

  constructor(kind: string, resourceName: string, arn: string) {
    super(
      `A ${kind} named ${JSON.stringify(resourceName)} exists already (${arn}). Choose another name, or delete the old one first.`,
    );
    this.kind = kind;
    this.resourceName = resourceName;
    this.arn = arn;
  }
}

/** Tags were put on an ARN that no resource has. */
export class UnknownArn extends Error {
  override readonly name = 'UnknownArn';
  readonly arn: string;

  constructor(arn: string) {
    super(`No resource has the ARN ${JSON.stringify(arn)}.`);
    this.arn = arn;
  }
}

/** A paging token that this store did not make, or that was made by a query with another order. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';

  constructor() {
    super('The paging token is not one of ours, or was made by a list in another order. Start again without a token.');
  }
}

/** A resource would carry more tags than {@link MAX_TAGS}. */
export class TooManyTags extends Error {
  override readonly name = 'TooManyTags';
  readonly arn: string;
  readonly count: number;

  constructor(arn: string, count: number) {
    super(`${arn} would have ${count} tags; a resource may have ${MAX_TAGS}. Remove some first.`);
    this.arn = arn;
    this.count = count;
  }
}

export const MAX_TAGS = 50;

export type UnavailableReason =
  | 'corrupt'
  | 'not-a-database'
  | 'read-only'
  | 'full'
  | 'busy'
  | 'newer-version'
  | 'closed'
  | 'input-output';

/** The database below the store does not answer as it must. Nothing of the refused call was written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
