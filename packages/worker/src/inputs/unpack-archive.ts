import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar/fs';
import { DataError } from '../data-error.ts';
import type { Platform } from '../platform/platform.ts';
import { isDamage, openObject } from './fetch-object.ts';
import type { InputObject } from './list-input.ts';

/**
 * Unpacks a `.tar.gz` (or plain `.tar`) into a folder. Entries that would reach out of it, by their names or by links, and devices are
 * refused. What an interrupted try had unpacked does not stay.
 */
export async function unpackArchive(
  platform: Platform,
  object: InputObject,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const uri = `s3://${object.bucket}/${object.key}`;
  const draft = `${folder}.unpacking`;
  await platform.keepTrying({ what: `unpack ${uri}`, signal }, async ({ s3 }) => {
    await rm(draft, { recursive: true, force: true });
    const body = await openObject(s3, object, signal);
    let received: unknown;
    body.once('error', (error) => (received = error));
    try {
      const stages = (await beginsLikeGzip(body)) ? [createGunzip()] : [];
      await pipeline(
        [
          body,
          ...stages,
          refuseEmpty(uri),
          unpackTar(draft, { strict: true, filter: (header) => acceptEntry(uri, header) }),
        ],
        { signal },
      );
    } catch (error) {
      // A broken connection breaks the archive too; only that may pass.
      if (received !== undefined) throw received;
      throw refusedArchive(uri, error);
    }
  });
  for (const each of [draft, folder]) await mkdir(each, { recursive: true });
  for (const name of await readdir(draft)) await moveInto(join(draft, name), join(folder, name));
  await rm(draft, { recursive: true, force: true });
}

interface TarEntry {
  readonly name: string;
  readonly type?: string;
  readonly linkname?: string;
}

/** False: left out. The archive's own root is what `tarfile` of Python calls "/", as the `sagemaker` SDK does when it repacks a model. */
function acceptEntry(uri: string, { name, type = 'file' }: TarEntry): boolean {
  if (type === 'directory' && name === '/') return false;
  const refuse = (why: string): DataError => new DataError(`${uri} was refused: its entry "${name}" ${why}`);
  if (name.startsWith('/')) throw refuse('has an absolute path');
  if (name.split(/[\\/]/).includes('..')) throw refuse('leaves the folder by ".."');
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'link')
    throw refuse(`is a ${type}, and only files, folders and links within the archive are unpacked`);
  return true;
}

function refusedArchive(uri: string, error: unknown): unknown {
  if (error instanceof DataError) return error;
  if (isDamage(error))
    return new DataError(`${uri} is damaged: its compressed data does not end as it should`, { cause: error });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return error; // of the file system, or of the network: the caller knows which may pass
  return new DataError(`${uri} was refused: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

/** Looks at the first bytes and puts them back. */
async function beginsLikeGzip(body: Readable): Promise<boolean> {
  for (;;) {
    const head = body.read() as Buffer | null; // a byte stream: no encoding is set
    if (head !== null) {
      body.unshift(head);
      return head[0] === 0x1f && head[1] === 0x8b;
    }
    if (body.readableEnded || body.errored !== null) return false;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        body.off('readable', go).off('end', go).off('error', go);
        resolve();
      };
      body.on('readable', go).on('end', go).on('error', go);
    });
  }
}

/** An empty object is no archive: without this it would count as one with nothing in it. */
function refuseEmpty(uri: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      done(bytes === 0 ? new DataError(`${uri} is empty, and no tar archive`) : null);
    },
  });
}

/** Folders of several archives may overlap; within one, names do not repeat. */
async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    await cp(from, to, { recursive: true, verbatimSymlinks: true });
  }
}
