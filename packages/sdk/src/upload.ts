/** From files on this machine to objects in a bucket. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { ServiceClient } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';
import { timestampedName } from './job-names.ts';

export interface UploadOptions {
  /** Default: the session's default bucket. */
  bucket?: string;
  /** Key prefix, without slashes at its ends. Default: `uploads/<name>-<time>`. */
  prefix?: string;
  /** Called after each piece with the bytes sent so far and in all. */
  onProgress?: (progress: { sent: number; total: number }) => void;
}

interface LocalFile {
  readonly path: string;
  readonly key: string;
  readonly size: number;
}

/** Above this a file goes up in parts, so that no request is large and a failed one is cheap to repeat. Bytes. */
const partSize = 16 * 1024 * 1024;
const filesAtOnce = 4;

export async function upload(
  s3: ServiceClient<S3Operations>,
  path: string,
  options: UploadOptions & { bucket: string },
): Promise<string> {
  const prefix = options.prefix ?? `uploads/${timestampedName(basename(path))}`;
  const files = await listFiles(path, prefix);
  const total = files.reduce((sum, file) => sum + file.size, 0);
  let sent = 0;
  const count = (bytes: number): void => {
    sent += bytes;
    options.onProgress?.({ sent, total });
  };
  const queue = files.values();
  await Promise.all(
    Array.from({ length: filesAtOnce }, async () => {
      for (const file of queue) await putFile(s3, options.bucket, file, count);
    }),
  );
  const [only] = files;
  const isFile = files.length === 1 && only?.path === path;
  return `s3://${options.bucket}/${isFile ? only.key : prefix}`;
}

async function listFiles(path: string, prefix: string): Promise<LocalFile[]> {
  const info = await stat(path).catch((error: unknown) => {
    throw new Error(`"${path}" cannot be uploaded: no such file or folder here`, { cause: error });
  });
  if (info.isFile()) return [{ path, key: `${prefix}/${basename(path)}`, size: info.size }];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name);
        const key = `${prefix}/${relative(path, file).split(sep).join('/')}`;
        return { path: file, key, size: (await stat(file)).size };
      }),
  );
  if (files.length === 0) throw new Error(`"${path}" cannot be uploaded: the folder holds no files`);
  return files;
}

async function putFile(
  s3: ServiceClient<S3Operations>,
  bucket: string,
  file: LocalFile,
  count: (bytes: number) => void,
): Promise<void> {
  const address = { Bucket: bucket, Key: file.key };
  if (file.size <= partSize) {
    await s3.call('PutObject', { ...address, Body: await readPart(file.path, 0, file.size) });
    count(file.size);
    return;
  }
  const { UploadId } = await s3.call('CreateMultipartUpload', address);
  if (UploadId === undefined) throw new Error(`The upload of "${file.path}" got no upload id`);
  try {
    const parts: { PartNumber: number; ETag?: string | undefined }[] = [];
    for (let start = 0; start < file.size; start += partSize) {
      const body = await readPart(file.path, start, Math.min(partSize, file.size - start));
      const PartNumber = parts.length + 1;
      const { ETag } = await s3.call('UploadPart', { ...address, UploadId, PartNumber, Body: body });
      parts.push({ PartNumber, ETag });
      count(body.byteLength);
    }
    await s3.call('CompleteMultipartUpload', { ...address, UploadId, MultipartUpload: { Parts: parts } });
  } catch (error) {
    await s3.call('AbortMultipartUpload', { ...address, UploadId });
    throw error;
  }
}

async function readPart(path: string, start: number, length: number): Promise<Uint8Array> {
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
