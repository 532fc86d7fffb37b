/** S3's refusals, with its codes, statuses and sentences. */
import { WireError } from '@rung/wire';
import { ObjectStoreError, type ObjectStoreErrorCode } from '../../objects/object-store-error.ts';

const STATUS: Readonly<Record<ObjectStoreErrorCode, number>> = {
  BadDigest: 400,
  BucketAlreadyExists: 409,
  BucketNotEmpty: 409,
  EntityTooSmall: 400,
  InsufficientStorage: 507,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  KeyTooLong: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotModified: 304,
  PreconditionFailed: 412,
};

/** What to answer for what the object store threw; anything else is passed on as it is. */
export function toWireError(error: unknown): unknown {
  if (!(error instanceof ObjectStoreError)) return error;
  const { code, details } = error;
  const options = { status: STATUS[code], members: details, cause: error };
  // All buckets of this store belong to the one account that may ask.
  if (code === 'BucketAlreadyExists') {
    const message = 'Your previous request to create the named bucket succeeded and you already own it.';
    return new WireError('BucketAlreadyOwnedByYou', message, options);
  }
  return new WireError(code === 'KeyTooLong' ? 'KeyTooLongError' : code, error.message, options);
}

export const refuse = {
  accessDenied: () => new WireError('AccessDenied', 'Access Denied', { status: 403 }),
  invalidArgument: (message: string, name: string, value?: unknown) =>
    new WireError('InvalidArgument', message, {
      status: 400,
      members: { ArgumentName: name, ...(value !== undefined && { ArgumentValue: value }) },
    }),
  invalidRequest: (message: string) => new WireError('InvalidRequest', message, { status: 400 }),
  malformedXml: () =>
    new WireError(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
      { status: 400 },
    ),
  invalidDigest: () => new WireError('InvalidDigest', 'The Content-MD5 you specified was invalid.', { status: 400 }),
  invalidPartNumber: () =>
    new WireError('InvalidPartNumber', 'The requested partnumber is not satisfiable', { status: 416 }),
  notImplemented: (member: string) =>
    new WireError(
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: Rung's object store does not know ${member}. Leave it out.`,
      { status: 501, members: { Header: member } },
    ),
} as const;
