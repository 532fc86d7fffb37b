/** Conditional requests, in the order of precedence that RFC 9110 (13.2.2) and S3 share. */
import { ObjectStoreError } from './object-store-error.ts';
import type { GetOptions, ObjectInfo, PutOptions } from './object-store.ts';

type Conditions = Pick<GetOptions, 'ifMatch' | 'ifNoneMatch' | 'ifModifiedSince' | 'ifUnmodifiedSince'>;

/** @throws PreconditionFailed, NotModified */
export function checkReadConditions(info: Pick<ObjectInfo, 'etag' | 'modifiedAt'>, conditions: Conditions): void {
  if (conditions.ifMatch !== undefined) {
    if (!matches(conditions.ifMatch, info.etag)) throw failed('If-Match');
  } else if (
    conditions.ifUnmodifiedSince !== undefined &&
    wholeSeconds(info.modifiedAt) > wholeSeconds(conditions.ifUnmodifiedSince)
  ) {
    throw failed('If-Unmodified-Since');
  }
  if (conditions.ifNoneMatch !== undefined) {
    if (matches(conditions.ifNoneMatch, info.etag)) throw notModified(info);
  } else if (
    conditions.ifModifiedSince !== undefined &&
    wholeSeconds(info.modifiedAt) <= wholeSeconds(conditions.ifModifiedSince)
  ) {
    throw notModified(info);
  }
}

/** @throws PreconditionFailed, NoSuchKey (If-Match on what is not there) */
export function checkWriteConditions(
  key: string,
  current: Pick<ObjectInfo, 'etag'> | undefined,
  options: PutOptions,
): void {
  if (options.ifNoneMatch !== undefined && current !== undefined) throw failed('If-None-Match');
  if (options.ifMatch === undefined) return;
  if (current === undefined) throw new ObjectStoreError('NoSuchKey', 'The specified key does not exist.', { Key: key });
  if (!matches(options.ifMatch, current.etag)) throw failed('If-Match');
}

function matches(header: string, etag: string): boolean {
  return header.split(',').some((candidate) => {
    const bare = candidate.trim().replace(/^W\//, '').replaceAll('"', '');
    return bare === '*' || bare === etag;
  });
}

/** HTTP dates have no fractions: a file of 12:00:00.7 is not newer than `12:00:00`. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

function failed(condition: string): ObjectStoreError {
  return new ObjectStoreError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    Condition: condition,
  });
}

function notModified(info: Pick<ObjectInfo, 'etag' | 'modifiedAt'>): ObjectStoreError {
  return new ObjectStoreError('NotModified', 'Not Modified', {
    ETag: `"${info.etag}"`,
    'Last-Modified': info.modifiedAt.toUTCString(),
  });
}
