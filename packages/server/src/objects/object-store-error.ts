/** Why an object store refused. The names are S3's, so that the S3 door can pass them on as they are. */
export type ObjectStoreErrorCode =
  | 'BadDigest'
  | 'BucketAlreadyExists'
  | 'BucketNotEmpty'
  | 'EntityTooSmall'
  | 'InsufficientStorage'
  | 'InvalidArgument'
  | 'InvalidBucketName'
  | 'InvalidPart'
  | 'InvalidPartOrder'
  | 'InvalidRange'
  | 'KeyTooLong'
  | 'NoSuchBucket'
  | 'NoSuchKey'
  | 'NoSuchUpload'
  | 'NotModified'
  | 'PreconditionFailed';

export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly code: ObjectStoreErrorCode;
  /** What a caller may want to show beside the message: the key, the condition, the size. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    code: ObjectStoreErrorCode,
    message: string,
    details: Readonly<Record<string, string>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.details = details;
  }
}

export function noSuchBucket(bucket: string): ObjectStoreError {
  return new ObjectStoreError('NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucket });
}

export function noSuchKey(key: string): ObjectStoreError {
  return new ObjectStoreError('NoSuchKey', 'The specified key does not exist.', { Key: key });
}

export function noSuchUpload(uploadId: string): ObjectStoreError {
  return new ObjectStoreError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { UploadId: uploadId },
  );
}

/** A full disk in the store's own words; every other failure of the file system is passed on unchanged. */
export function storageError(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new ObjectStoreError(
    'InsufficientStorage',
    'The disk that holds the objects is full; nothing of this object was kept. Free some space and try again.',
    {},
    error,
  );
}

export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return true;
  // node:sqlite reports SQLITE_FULL (13) in errcode, with one code for all of its errors.
  return error.code === 'ERR_SQLITE_ERROR' && 'errcode' in error && error.errcode === 13;
}
