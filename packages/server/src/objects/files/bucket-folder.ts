import { readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { ObjectStoreError } from '../object-store-error.ts';

/**
 * Removes the folder of a bucket that holds no object any more, with the empty folders in it.
 * @throws BucketNotEmpty when files lie there that were not put through the store: they are the user's, and stay
 */
export function removeBucketFolder(folder: string, bucket: string): void {
  try {
    removeEmptyFolders(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new ObjectStoreError(
      'BucketNotEmpty',
      `The bucket holds no object, but ${folder} holds files that were not put through Rung. Move them away, then delete the bucket.`,
      { BucketName: bucket },
      error,
    );
  }
}

function removeEmptyFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  rmdirSync(folder);
}
