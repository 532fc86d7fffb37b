import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface CheckpointFile {
  /** Below the folder, with slashes. */
  readonly name: string;
  readonly path: string;
  readonly mark: string;
}

/** What changes when a file changes. */
export function markOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${size} ${ino}`;
}

/**
 * Every file of the folder, oldest first, so that what a program writes last, an index of the rest, is stored last. Links to files of the
 * same folder count as files. `undefined`: there is no such folder. `refused` hears of what is no regular file.
 */
export async function scanCheckpoints(
  folder: string,
  refused: (name: string) => void,
): Promise<CheckpointFile[] | undefined> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return undefined;
  const found: (CheckpointFile & { readonly at: number })[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1).replaceAll(sep, '/');
    const real = entry.isSymbolicLink() ? await realpath(path).catch(() => undefined) : path;
    const facts = real === undefined ? undefined : await stat(real).catch(() => undefined);
    if (facts === undefined && !entry.isSymbolicLink()) continue; // deleted meanwhile
    if (real?.startsWith(root + sep) === true && facts?.isFile() === true)
      found.push({ name, path, mark: markOf(facts), at: facts.mtimeMs });
    else refused(name);
  }
  return found.toSorted((a, b) => a.at - b.at);
}
