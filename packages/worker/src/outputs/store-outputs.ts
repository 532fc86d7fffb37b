import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data-error.ts';
import type { InstanceSpec, Output } from '../instance-spec.ts';
import { pathInside } from '../inputs/path-inside.ts';
import { Platform } from '../platform/platform.ts';
import { parseS3Uri } from '../platform/s3-uri.ts';
import { archiveFolder } from './archive-folder.ts';
import { uploadStream } from './upload-stream.ts';

/**
 * Stores the outputs of an instance, one after the other: each is a stream as fast as the disk already.
 * Thrown when one cannot be stored: `DataError`; when the signal aborts: its reason. `notice` hears of what is left out.
 */
export async function storeOutputs(
  spec: InstanceSpec,
  outputs: readonly Output[],
  notice: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const platform = new Platform(spec.connectionFile);
  for (const output of outputs) {
    const folder = pathInside(spec.baseDir, output.path);
    const names = await namesIn(folder, output);
    if (names.length === 0 && output.skipEmpty) continue;
    const { bucket, key } = parseS3Uri(output.uri);
    if (output.archive === 'tar.gz')
      await uploadStream(platform, { bucket, key }, archiveFolder(spec, folder, notice), signal);
    else await storeFiles(platform, { bucket, key }, folder, notice, signal);
  }
}

async function namesIn(folder: string, output: Output): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return []; // the program took the folder away: the same as an empty one
    throw new DataError(
      `The output folder ${output.path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

async function storeFiles(
  platform: Platform,
  { bucket, key }: { bucket: string; key: string },
  folder: string,
  notice: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) {
      notice(`Not stored: ${name} is no regular file.`);
      continue;
    }
    await uploadStream(
      platform,
      { bucket, key: prefix + name },
      createReadStream(path, { highWaterMark: 2 ** 20 }),
      signal,
    );
  }
}
