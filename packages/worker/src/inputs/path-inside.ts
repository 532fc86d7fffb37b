import { join } from 'node:path';
import { DataError } from '../data-error.ts';

/**
 * The path of `name` below `folder`.
 * @throws DataError when the name would leave the folder (`..`, an absolute path) or cannot be a file name.
 */
export function pathInside(folder: string, name: string): string {
  const parts = name.split('/');
  const reason = name.startsWith('/')
    ? 'it is an absolute path'
    : parts.includes('..')
      ? 'it has ".." in it'
      : name.includes('\0')
        ? 'it has a zero byte in it'
        : process.platform === 'win32' && /[\\:]/.test(name)
          ? 'it has a backslash or a colon in it'
          : undefined;
  if (reason !== undefined) throw new DataError(`"${name}" cannot be stored below its folder: ${reason}`);
  return join(folder, name);
}
