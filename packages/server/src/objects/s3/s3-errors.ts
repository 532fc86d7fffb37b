import type { S3ServiceException } from '@aws-sdk/client-s3';
import { ObjectStoreError, type ObjectStoreErrorCode } from '../object-store-error.ts';

/** What the other store refused, in the words of the seam; every other failure as it is. */
export function seamError(error: unknown): unknown {
  if (!isServiceError(error)) return error;
  const code = byName.get(error.name) ?? byStatus.get(error.$metadata.httpStatusCode ?? 0);
  return code === undefined ? error : new ObjectStoreError(code, error.message, {}, error);
}

/** Passes on what `call` gives. @throws ObjectStoreError */
export async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw seamError(error);
  }
}

/** HEAD has no body: a missing bucket and a missing key look alike. */
export function isNotFound(error: unknown): boolean {
  return isServiceError(error) && error.$metadata.httpStatusCode === 404;
}

function isServiceError(error: unknown): error is S3ServiceException {
  return error instanceof Error && '$metadata' in error;
}

const byName: ReadonlyMap<string, ObjectStoreErrorCode> = new Map([
  ...(
    [
      'BadDigest',
      'BucketAlreadyExists',
      'BucketNotEmpty',
      'EntityTooSmall',
      'InvalidArgument',
      'InvalidBucketName',
      'InvalidPart',
      'InvalidPartOrder',
      'InvalidRange',
      'NoSuchBucket',
      'NoSuchKey',
      'NoSuchUpload',
      'NotModified',
      'PreconditionFailed',
    ] as const
  ).map((code) => [code, code] as const),
  ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'],
  ['InvalidDigest', 'BadDigest'],
  ['KeyTooLongError', 'KeyTooLong'],
  ['ConditionalRequestConflict', 'PreconditionFailed'],
  ['QuotaExceeded', 'InsufficientStorage'],
  ['XMinioStorageFull', 'InsufficientStorage'],
]);

const byStatus: ReadonlyMap<number, ObjectStoreErrorCode> = new Map([
  [304, 'NotModified'],
  [412, 'PreconditionFailed'],
  [416, 'InvalidRange'],
  [507, 'InsufficientStorage'],
]);
