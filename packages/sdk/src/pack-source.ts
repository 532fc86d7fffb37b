/** A script and what belongs to it, as the `sourcedir.tar.gz` that script mode unpacks. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TarEntry } from 'modern-tar';

export interface Source {
  /** The script: its path within {@link folder}, or by itself. */
  readonly entryPoint: string;
  /** Everything in it is packed. Default: the script alone. */
  readonly folder?: string;
  /** A file that is packed as `requirements.txt`. */
  readonly requirements?: string;
}

export interface PackedSource {
  readonly archive: Uint8Array;
  /** Name of the script within the archive. */
  readonly program: string;
}

/** Never part of a source: histories, caches, and modules where `package.json` says how to get them. */
const left = new Set(['.git', '__pycache__', '.venv', '.ipynb_checkpoints']);

/** @throws SourceMissing when a file is not there. */
export async function packSource({ entryPoint, folder, requirements }: Source): Promise<PackedSource> {
  const program = folder === undefined ? basename(entryPoint) : entryPoint;
  const files = folder === undefined ? new Map([[program, entryPoint]]) : await filesOf(folder);
  if (!files.has(program.split(sep).join('/')))
    throw new SourceMissing(
      `The script "${entryPoint}" is not in the folder "${folder}". Give its path within that folder.`,
    );
  if (requirements !== undefined) files.set('requirements.txt', requirements);
  const entries: TarEntry[] = [];
  const { packTar } = await import('modern-tar');
  for (const [name, path] of files) entries.push(await entry(name, path));
  return { archive: gzipSync(await packTar(entries)), program };
}

/** Thrown when a script, or what belongs to it, is not on this machine. */
export class SourceMissing extends Error {
  override readonly name = 'SourceMissing';
}

async function filesOf(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw missing('source folder', folder, error);
  }
  const skipModules = names.includes('package.json');
  const visit = async (path: string): Promise<void> => {
    for (const item of await readdir(path, { withFileTypes: true })) {
      if (left.has(item.name) || (skipModules && item.name === 'node_modules')) continue;
      const each = join(path, item.name);
      if (item.isDirectory()) await visit(each);
      else if (item.isFile() || (await stat(each)).isFile())
        files.set(relative(folder, each).split(sep).join('/'), each);
    }
  };
  await visit(folder);
  return files;
}

async function entry(name: string, path: string): Promise<TarEntry> {
  try {
    const body = await readFile(path);
    const { mode, mtime } = await stat(path);
    return { header: { name, size: body.byteLength, type: 'file', mode: mode & 0o777, mtime }, body };
  } catch (error) {
    throw missing(name === 'requirements.txt' ? 'requirements file' : 'script', path, error);
  }
}

function missing(what: string, path: string, cause: unknown): SourceMissing {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const why = code === 'ENOENT' ? 'it does not exist' : cause instanceof Error ? cause.message : String(cause);
  return new SourceMissing(`The ${what} "${path}" cannot be packed: ${why}.`, { cause });
}
