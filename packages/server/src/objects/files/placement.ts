/**
 * Where the bytes of an object lie.
 *
 * `<root>/<bucket>/<key>` under the key's own path wherever that path means the key and nothing else; then anybody can look at their data with
 * the tools they have. Otherwise `<root>/.rung/unnamed/<bucket>/<SHA-256 of the key>`:
 * - keys with an empty, `.` or `..` segment or a trailing `/`, a NUL, a segment over 255 bytes, or a path that the system finds too long;
 * - a key that is also the folder of another (`a` beside `a/b`): whichever came first keeps its own path;
 * - on systems where two names are one (case, Unicode normalisation), all but the first;
 * - on Windows, what its file names cannot hold;
 * - where a link or a file that was not put through the store is in the way.
 * A key stays where it was first put until it is deleted. The index remembers which; nothing is derived from what lies in the folders.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, rmdirSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

export type Place = 'own-path' | 'unnamed';

export const HIDDEN_FOLDER = '.rung';
const MAX_SEGMENT_BYTES = 255;
const CANNOT_BE_PATH = new Set([
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ENOTEMPTY',
  'ENAMETOOLONG',
  'EINVAL',
  'EILSEQ',
  'ELOOP',
]);
// oxlint-disable-next-line no-control-regex -- the control characters are what is looked for
const WINDOWS_REFUSES = /[<>:"|?*\\\u0001-\u001f]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

export class Placement {
  readonly #root: string;

  /** @param root absolute and without links in it */
  constructor(root: string) {
    this.#root = root;
  }

  bucketFolder(bucket: string): string {
    return join(this.#root, bucket);
  }

  path(bucket: string, key: string, place: Place): string {
    if (place === 'own-path') return join(this.#root, bucket, ...key.split('/'));
    return join(this.#unnamedFolder(bucket), createHash('sha256').update(key).digest('hex'));
  }

  /** Whether a key that has no place yet could lie under its own path now. */
  choose(bucket: string, key: string): Place {
    if (!canBePath(key)) return 'unnamed';
    try {
      return lstatSync(this.path(bucket, key, 'own-path'), { throwIfNoEntry: false }) === undefined
        ? 'own-path'
        : 'unnamed';
    } catch (error) {
      if (cannotBePath(error)) return 'unnamed';
      throw error;
    }
  }

  /**
   * Makes the folder of an object. Answers the folders whose entries changed, deepest last.
   * @throws with a code for which {@link cannotBePath} holds, when something is in the way
   */
  makeFolder(path: string): string[] {
    const folder = dirname(path);
    const first = mkdirSync(folder, { recursive: true });
    // A link, or another spelling of the same name, would put the object where another key or another program looks.
    if (realpathSync.native(folder) !== folder)
      throw Object.assign(new Error(`${folder} is another name of an existing folder.`), { code: 'EEXIST' });
    const changed = [folder];
    if (first !== undefined) {
      for (let parent = folder; parent !== dirname(first);) changed.unshift((parent = dirname(parent)));
    }
    return changed;
  }

  /** Removes the folders that an object leaves empty, up to the bucket's. */
  prune(bucket: string, path: string): void {
    const stop = this.bucketFolder(bucket);
    for (let folder = dirname(path); folder.startsWith(stop + sep); folder = dirname(folder)) {
      try {
        rmdirSync(folder);
      } catch {
        // Not empty, or gone already: both mean that there is nothing more to tidy.
        return;
      }
    }
  }

  #unnamedFolder(bucket: string): string {
    return join(this.#root, HIDDEN_FOLDER, 'unnamed', bucket);
  }
}

export function cannotBePath(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CANNOT_BE_PATH.has(String(error.code));
}

function canBePath(key: string): boolean {
  return key.split('/').every((segment) => {
    if (segment === '' || segment === '.' || segment === '..' || segment.includes('\0')) return false;
    if (process.platform === 'win32' && WINDOWS_REFUSES.test(segment)) return false;
    return Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES;
  });
}
