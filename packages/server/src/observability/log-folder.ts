/** Finds the groups and streams that exist in the folders of the file log store. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTINUED, decodeName } from './log-path.ts';

export const LOG_SUFFIX = '.log';

/** The groups in `folder`, sorted; none when it does not exist. */
export async function groupNames(folder: string): Promise<string[]> {
  const names = await find(folder, '', (entry) => (entry.isDirectory() ? entry.name : undefined));
  return (names ?? []).sort();
}

/** The streams in a group's folder, sorted; undefined when there is no such group. */
export async function streamNames(folder: string): Promise<string[] | undefined> {
  const names = await find(folder, '', ({ name }) =>
    name.endsWith(LOG_SUFFIX) ? name.slice(0, -LOG_SUFFIX.length) : undefined,
  );
  return names?.sort();
}

/** `ending` gives the last part of a name, if an entry is one; entries that continue a longer name are gone into. */
async function find(
  folder: string,
  begun: string,
  ending: (entry: Dirent) => string | undefined,
): Promise<string[] | undefined> {
  const entries = await entriesOf(folder);
  if (!entries) return undefined;
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.name.endsWith(CONTINUED)) {
      const longer = begun + entry.name.slice(0, -CONTINUED.length);
      names.push(...((await find(join(folder, entry.name), longer, ending)) ?? []));
    } else {
      const last = ending(entry);
      const name = last === undefined ? undefined : decodeName(begun + last);
      if (name !== undefined) names.push(name);
    }
  }
  return names;
}

async function entriesOf(folder: string): Promise<Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
