/** From objects in a bucket to files on this machine. */
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServiceClient } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';

/** @throws Error when a key cannot be a file below `folder`, or the address is none of S3. */
export async function download(s3: ServiceClient<S3Operations>, uri: string, folder: string): Promise<string[]> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(uri) ?? [];
  if (bucket === undefined)
    throw new Error(`"${uri}" is no S3 address: it must be s3://bucket/key or s3://bucket/prefix/`);
  const from = prefix.lastIndexOf('/') + 1;
  const files: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.call('ListObjectsV2', {
      Bucket: bucket,
      Prefix: prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    for (const { Key = '' } of page.Contents ?? []) {
      // A key that ends with a slash is the mark of a folder.
      if (Key.endsWith('/')) continue;
      const file = fileBelow(folder, Key.slice(from));
      await fetchFile(s3, { Bucket: bucket, Key }, file);
      files.push(file);
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return files;
}

/** Names in a bucket are anybody's: none of them leads out of the folder. */
function fileBelow(folder: string, name: string): string {
  const file = resolve(folder, join('.', name));
  if (!file.startsWith(resolve(folder) + sep) || name.split('/').includes('..'))
    throw new Error(`The key "${name}" cannot be a file below "${folder}"`);
  return file;
}

/** Under its own name only when it is whole. */
async function fetchFile(
  s3: ServiceClient<S3Operations>,
  address: { Bucket: string; Key: string },
  file: string,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.part`;
  const { Body = new Uint8Array() } = await s3.call('GetObject', address);
  try {
    await pipeline(Body instanceof Uint8Array ? Readable.from([Body]) : Body, createWriteStream(draft));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
