/** The files of a `.tar.gz` (or plain `.tar`) in memory, without ever holding the archive. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Files by their paths, each in an array of its size. `chunkBytes`: read at a time. Thrown when the archive is damaged: Error. */
export async function unpackArchive(path: string, chunkBytes = 2 ** 20): Promise<Map<string, Uint8Array>> {
  const zipped = await isGzip(path);
  const archive = createReadStream(path, { highWaterMark: chunkBytes });
  // A failure of either destroys both: whoever reads the last one meets it.
  const plain = zipped ? pipeline(archive, createGunzip({ chunkSize: 2 ** 18 }), () => undefined) : archive;
  try {
    return await collect(plain);
  } catch (error) {
    // Web streams wrap what zlib says in an error without words.
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new Error(`${path} is damaged: ${reason instanceof Error ? reason.message : String(reason)}`, {
      cause: error,
    });
  }
}

async function collect(archive: Readable): Promise<Map<string, Uint8Array>> {
  const { createTarDecoder } = await import('modern-tar');
  const files = new Map<string, Uint8Array>();
  for await (const { header, body } of Readable.toWeb(archive).pipeThrough(createTarDecoder())) {
    if (header.type !== undefined && header.type !== 'file') {
      await body.cancel();
      continue;
    }
    const content = new Uint8Array(header.size);
    let filled = 0;
    for await (const chunk of body) {
      content.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled < content.length) throw new Error(`its entry ${header.name} ends too early`);
    files.set(header.name.replace(/^\.\//, ''), content);
  }
  return files;
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(new Uint8Array(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}
