import { ObjectStoreError } from './object-store-error.ts';

/** Longest key, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;

/** @throws InvalidBucketName when `bucket` breaks S3's rules for general purpose buckets */
export function assertBucketName(bucket: string): void {
  const valid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && !bucket.includes('..') && !/^\d+\.\d+\.\d+\.\d+$/.test(bucket);
  if (!valid)
    throw new ObjectStoreError('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: bucket });
}

/** @throws KeyTooLong, InvalidArgument when `key` cannot name an object */
export function assertKey(key: string): void {
  if (key === '' || !key.isWellFormed()) {
    throw new ObjectStoreError('InvalidArgument', 'An object key is at least one character of valid Unicode.', {
      ArgumentName: 'key',
    });
  }
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY_BYTES) {
    throw new ObjectStoreError('KeyTooLong', 'Your key is too long', {
      Size: String(size),
      MaxSizeAllowed: String(MAX_KEY_BYTES),
    });
  }
}
