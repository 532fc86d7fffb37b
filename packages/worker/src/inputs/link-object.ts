import { chmod, lstat, symlink } from 'node:fs/promises';
import { objectFile } from './locate-object.ts';
import type { InputObject } from './list-input.ts';

const WRITE_BITS = 0o222;

/**
 * Puts a link to the object's file in the place of the file: the same for four gigabytes as for four bytes. The object's file loses its write
 * bits, so that a program of the same user that opens it for writing is refused; the store replaces files whole and needs none. Answers
 * `false` when the object has no file here.
 */
export async function linkObject(root: string, { bucket, key }: InputObject, link: string): Promise<boolean> {
  const file = objectFile(root, bucket, key);
  const info = await lstat(file).catch(() => undefined);
  if (info?.isFile() !== true) return false;
  if ((info.mode & WRITE_BITS) !== 0) await chmod(file, info.mode & 0o7777 & ~WRITE_BITS);
  await symlink(file, link);
  return true;
}
