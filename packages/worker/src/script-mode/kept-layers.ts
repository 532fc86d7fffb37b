/** Layers of the job's own that the next job on the same instance finds again, where the instance is kept (a warm pool). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { retainedPath } from '../retained-folder.ts';

export interface LayerPlace {
  readonly baseDir: string;
  readonly codeDir: string;
  readonly environmentFolder: string;
}

/**
 * Installs into a folder that outlives the job, unless that was done for the very same source before. Without a warm pool: into `jobFolder`.
 * Answers the folders to put on PYTHONPATH.
 */
export async function withKeptLayers(
  { baseDir, codeDir, environmentFolder }: LayerPlace,
  jobFolder: string,
  install: (folder: string) => Promise<string[]>,
): Promise<string[]> {
  const cache = join(baseDir, retainedPath);
  if (!existsSync(cache)) return install(jobFolder);
  const folder = join(cache, '.rung', `${basename(environmentFolder)}-${await digest(codeDir)}`);
  const list = join(folder, 'layers.json');
  const known = readList(list);
  if (known !== undefined) return known.map((path) => join(folder, path));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const layers = await install(folder);
  // Last, and relative: another job may see the folder at another place.
  writeFileSync(list, JSON.stringify(layers.map((path) => relative(folder, path))));
  return layers;
}

function readList(file: string): string[] | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as string[]; // written by this function only
  } catch {
    return undefined; // an installation that was not finished
  }
}

/** Of all files of the source: what a package or its requirements refer to is among them. */
async function digest(codeDir: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(codeDir, { recursive: true, withFileTypes: true });
  const files = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  for (const file of files.toSorted()) {
    hash.update(`${relative(codeDir, file)}\0`);
    hash.update(
      createHash('sha256')
        .update(await readFile(file))
        .digest(),
    );
  }
  return hash.digest('hex').slice(0, 16);
}
