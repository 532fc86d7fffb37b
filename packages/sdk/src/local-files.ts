import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';

export interface LocalFile {
  readonly path: string;
  /** Below the uploaded folder, with slashes; of a single file its own name. */
  readonly name: string;
  readonly size: number;
  readonly modifiedMs: number;
}

/** The files of a path, in the order of their names; hidden ones are left out. Thrown when there are none, or they cannot be read. */
export async function listFiles(path: string): Promise<{ files: readonly LocalFile[]; isFolder: boolean }> {
  const info = await stat(path).catch((error: unknown) => {
    throw new Error(`"${path}" cannot be uploaded: no such file or folder here`, { cause: error });
  });
  if (info.isFile()) {
    const file = { path, name: basename(path), size: info.size, modifiedMs: info.mtimeMs };
    return { files: [file], isFolder: false };
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(async (entry): Promise<LocalFile> => {
        const file = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = await stat(file);
        return { path: file, name: relative(path, file).split(sep).join('/'), size, modifiedMs: mtimeMs };
      }),
  );
  if (files.length === 0) throw new Error(`"${path}" cannot be uploaded: the folder holds no files`);
  return { files: files.toSorted((a, b) => (a.name < b.name ? -1 : 1)), isFolder: true };
}

/** The same for the same files as long as nobody changes them. */
export function fingerprint(files: readonly LocalFile[]): string {
  const hash = createHash('sha256');
  for (const { name, size, modifiedMs } of files) hash.update(JSON.stringify([name, size, modifiedMs]));
  return hash.digest('hex').slice(0, 16);
}

/** Thrown when the file has become shorter. */
export async function readPart(path: string, start: number, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, start + filled);
      if (bytesRead === 0) throw new Error(`"${path}" became shorter while it was uploaded`);
      filled += bytesRead;
    }
    return buffer;
  } finally {
    await file.close();
  }
}
