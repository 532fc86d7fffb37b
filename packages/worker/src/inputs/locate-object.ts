import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The file that holds an object of the embedded store, whose folder this machine can read: its own path below its bucket, or, for keys that
 * cannot be paths, one named by the key's hash. Where both exist the first belongs to somebody else. Only for objects that the platform has
 * listed: what else lies in the folder is none of the program's affair.
 */
export function objectFile(root: string, bucket: string, key: string): string {
  const unnamed = join(unnamedFolder(root, bucket), createHash('sha256').update(key).digest('hex'));
  const segments = key.split('/');
  const isPath = segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
  if (!isPath || lstatSync(unnamed, { throwIfNoEntry: false }) !== undefined) return unnamed;
  return join(root, bucket, ...segments);
}

/** The folders that hold the objects of a bucket, and no other's: those that exist. */
export function bucketFolders(root: string, bucket: string): string[] {
  return [join(root, bucket), unnamedFolder(root, bucket)].filter(
    (folder) => lstatSync(folder, { throwIfNoEntry: false }) !== undefined,
  );
}

function unnamedFolder(root: string, bucket: string): string {
  return join(root, '.rung', 'unnamed', bucket);
}
