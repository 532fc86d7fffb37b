/** Drafts: bytes on their way to become an object or a part. */
import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ObjectStoreError, storageError } from '../object-store-error.ts';
import type { Body, Checksum, PutOptions } from '../object-store.ts';
import type { BodyWriter } from './body-writer.ts';
import type { Description } from './object-index.ts';

export interface ScratchFile {
  path: string;
  file: FileHandle;
}

/** Lends an empty file in `folder`, which is gone afterwards unless `use` renamed it. */
export async function withScratchFile<T>(folder: string, use: (scratch: ScratchFile) => Promise<T>): Promise<T> {
  const path = join(folder, randomUUID());
  try {
    const file = await open(path, 'wx+');
    try {
      return await use({ path, file });
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  } catch (error) {
    throw storageError(error);
  }
}

/** The promise of a checksum may fail before anybody waits for it, with the body that it follows: that is told once, by the body. */
export function keepQuiet({ checksum }: Pick<PutOptions, 'checksum'>): void {
  if (checksum?.value instanceof Promise) checksum.value.catch(() => {});
}

export interface WrittenDraft {
  size: number;
  etag: string;
  checksum?: Checksum;
}

/** @throws BadDigest when the body is not what the caller said it would be */
export async function writeDraft(
  file: FileHandle,
  body: Body,
  expected: Pick<PutOptions, 'checksum' | 'md5'> & { exactMd5?: boolean },
  writer: BodyWriter,
): Promise<WrittenDraft> {
  const wanted = expected.checksum;
  const exactMd5 = expected.exactMd5 === true || expected.md5 !== undefined;
  const { size, etag, checksum } = await writer.write(file, body, { exactMd5, checksum: wanted?.algorithm });
  if (expected.md5 !== undefined && expected.md5.toLowerCase() !== etag) {
    throw new ObjectStoreError('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (wanted === undefined || checksum === undefined) return { size, etag };
  const value = Buffer.from(checksum).toString('base64');
  const claimed = await wanted.value;
  if (claimed !== undefined && claimed !== value) {
    throw new ObjectStoreError(
      'BadDigest',
      `The ${wanted.algorithm} you specified did not match the calculated checksum.`,
    );
  }
  return { size, etag, checksum: { algorithm: wanted.algorithm, value } };
}

/** The options that are kept with the object. */
export function describe(options: PutOptions, checksum?: Checksum): Description {
  const { contentType, contentEncoding, cacheControl, contentDisposition, contentLanguage, metadata = {} } = options;
  return {
    metadata,
    ...(contentType !== undefined && { contentType }),
    ...(contentEncoding !== undefined && { contentEncoding }),
    ...(cacheControl !== undefined && { cacheControl }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(contentLanguage !== undefined && { contentLanguage }),
    ...(checksum !== undefined && { checksum }),
  };
}
