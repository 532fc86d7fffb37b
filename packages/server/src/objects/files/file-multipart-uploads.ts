/** Multipart uploads: each part a file of its own under `<folder>/<upload>/`, put together in one draft when the upload is completed. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWriteConditions } from '../conditions.ts';
import { assertKey } from '../names.ts';
import { noSuchBucket, noSuchUpload, ObjectStoreError, storageError } from '../object-store-error.ts';
import type * as Seam from '../object-store.ts';
import { assembleParts } from './assemble-parts.ts';
import type { BodyWriter } from './body-writer.ts';
import { describe, keepQuiet, withScratchFile, writeDraft } from './draft.ts';
import type { DiskReserve } from './disk-reserve.ts';
import { DirectoryFlushes } from './durable.ts';
import { KeyLocks } from './key-locks.ts';
import { joinParts } from './multipart-sums.ts';
import type { ObjectFiles } from './object-files.ts';
import type { ObjectIndex } from './object-index.ts';
import { UploadIndex, type StoredPart, type StoredUpload } from './upload-index.ts';

export interface FileMultipartUploadsParts {
  index: ObjectIndex;
  files: ObjectFiles;
  writer: BodyWriter;
  reserve: DiskReserve;
  /** Holds one folder for each upload. */
  folder: string;
  drafts: string;
}

const MAX_PARTS = 10_000;
const MIN_PART_BYTES = 5 * 1024 * 1024;

export class FileMultipartUploads implements Seam.MultipartUploads {
  readonly #with: FileMultipartUploadsParts;
  readonly #uploads: UploadIndex;
  readonly #locks = new KeyLocks();
  readonly #folders = new DirectoryFlushes();

  constructor(parts: FileMultipartUploadsParts) {
    this.#with = parts;
    this.#uploads = new UploadIndex(parts.index);
    mkdirSync(parts.folder, { recursive: true });
  }

  async create(bucket: string, key: string, options: Seam.PutOptions = {}): Promise<string> {
    if (this.#with.index.bucket(bucket) === undefined) throw noSuchBucket(bucket);
    assertKey(key);
    const uploadId = randomUUID().replaceAll('-', '');
    try {
      await mkdir(this.#folder(uploadId));
      this.#uploads.add({ bucket, key, uploadId, createdAt: new Date(), options: storable(options) });
      await Promise.all([this.#with.index.flush(), this.#folders.flush(this.#with.folder)]);
    } catch (error) {
      throw storageError(error);
    }
    return uploadId;
  }

  async putPart(
    upload: Seam.UploadAddress,
    part: number,
    body: Seam.Body,
    options: Pick<Seam.PutOptions, 'checksum' | 'md5'> = {},
  ): Promise<Seam.PartInfo> {
    keepQuiet(options);
    if (!Number.isInteger(part) || part < 1 || part > MAX_PARTS) {
      throw new ObjectStoreError(
        'InvalidArgument',
        `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
        {
          ArgumentName: 'partNumber',
          ArgumentValue: String(part),
        },
      );
    }
    const { options: asked } = this.#require(upload);
    const checksum = options.checksum ?? (asked.checksum && { algorithm: asked.checksum.algorithm });
    return withScratchFile(this.#with.drafts, async ({ path, file }) => {
      const written = await writeDraft(
        file,
        body,
        { ...options, ...(checksum && { checksum }), exactMd5: true },
        this.#with.writer,
      );
      await file.sync();
      const stored: StoredPart = {
        part,
        file: `${part}-${randomUUID()}`,
        size: written.size,
        etag: written.etag,
        modifiedAt: new Date(),
        ...(written.checksum && { checksum: written.checksum }),
      };
      return this.#locks.run(upload.uploadId, async () => {
        this.#require(upload);
        const folder = this.#folder(upload.uploadId);
        const replaced = this.#uploads.part(upload.uploadId, part);
        await rename(path, join(folder, stored.file));
        await this.#folders.flush(folder);
        // Only now: the part that this one replaces counts until the new one is there to stay.
        this.#uploads.putPart(upload.uploadId, stored);
        await this.#with.index.flush();
        if (replaced !== undefined) await rm(join(folder, replaced.file), { force: true });
        return partInfo(stored);
      });
    });
  }

  async complete(
    upload: Seam.UploadAddress,
    asked: readonly Seam.CompletedPart[],
    options: Seam.PutOptions = {},
  ): Promise<Seam.ObjectInfo> {
    return this.#locks.run(upload.uploadId, async () => {
      const stored = this.#require(upload);
      const { bucket, key } = upload;
      const parts = this.#choose(upload.uploadId, asked);
      const { etag, checksum } = joinParts(parts, stored.options.checksum);
      await verify(checksum, options.checksum);
      const check = (now: { etag: string } | undefined) => checkWriteConditions(key, now, options);
      check(this.#with.index.object(bucket, key));
      const info = await withScratchFile(this.#with.drafts, async (scratch) => {
        const folder = this.#folder(upload.uploadId);
        const size = await assembleParts(
          parts.map((part) => ({ path: join(folder, part.file), size: part.size })),
          scratch,
        );
        const description = { ...describe(stored.options, checksum), partSizes: parts.map((part) => part.size) };
        const draft = { ...scratch, size, etag, description };
        const entry = await this.#with.files.publish(bucket, key, draft, check, () =>
          this.#uploads.remove(upload.uploadId),
        );
        return { key, size, etag, modifiedAt: new Date(Math.floor(entry.modifiedUs / 1000)), ...description };
      });
      await rm(this.#folder(upload.uploadId), { recursive: true, force: true });
      return info;
    });
  }

  async abort(upload: Seam.UploadAddress): Promise<void> {
    this.#require(upload);
    await this.#locks.run(upload.uploadId, async () => {
      this.#require(upload);
      await this.#drop([upload]);
    });
  }

  /** Gives up what a bucket that is removed leaves under way. @param along changes of the index that become true at the same time */
  async dropAll(bucket: string, along: () => void): Promise<void> {
    await this.#drop(this.#uploads.ofBucket(bucket), along);
  }

  async listParts(upload: Seam.UploadAddress): Promise<Seam.PartInfo[]> {
    this.#require(upload);
    return this.#uploads.parts(upload.uploadId).map(partInfo);
  }

  async listUploads(bucket: string, prefix = ''): Promise<Seam.UploadInfo[]> {
    if (this.#with.index.bucket(bucket) === undefined) throw noSuchBucket(bucket);
    const uploads = this.#uploads.ofBucket(bucket).filter((upload) => upload.key.startsWith(prefix));
    return uploads.map(({ key, uploadId, createdAt }) => ({ bucket, key, uploadId, createdAt }));
  }

  /** Removes the files that an earlier process left and that belong to no upload. Finds them at once, removes them in the background. */
  sweep(): Promise<void> {
    const orphans: string[] = [];
    for (const uploadId of readdirSync(this.#with.folder)) {
      if (this.#uploads.get(uploadId) === undefined) orphans.push(this.#folder(uploadId));
    }
    return this.#sweepParts(orphans);
  }

  async #sweepParts(orphans: readonly string[]): Promise<void> {
    for (const orphan of orphans) await rm(orphan, { recursive: true, force: true });
    for (const uploadId of await readdir(this.#with.folder)) {
      await this.#locks.run(uploadId, async () => {
        const known = new Set(this.#uploads.parts(uploadId).map((part) => part.file));
        if (this.#uploads.get(uploadId) === undefined) return;
        for (const file of await readdir(this.#folder(uploadId))) {
          if (!known.has(file)) await rm(join(this.#folder(uploadId), file), { force: true });
        }
      });
    }
  }

  async #drop(uploads: readonly Seam.UploadAddress[], along?: () => void): Promise<void> {
    const { index, reserve } = this.#with;
    const forget = (): void => {
      for (const { uploadId } of uploads) this.#uploads.remove(uploadId);
      along?.();
    };
    reserve.use(() => index.atomically(forget));
    await index.flush();
    for (const { uploadId } of uploads) await rm(this.#folder(uploadId), { recursive: true, force: true });
    reserve.refill();
  }

  #require(upload: Seam.UploadAddress): StoredUpload {
    if (this.#with.index.bucket(upload.bucket) === undefined) throw noSuchBucket(upload.bucket);
    const stored = this.#uploads.get(upload.uploadId);
    if (stored === undefined || stored.bucket !== upload.bucket || stored.key !== upload.key)
      throw noSuchUpload(upload.uploadId);
    return stored;
  }

  #choose(uploadId: string, asked: readonly Seam.CompletedPart[]): StoredPart[] {
    if (asked.length === 0)
      throw new ObjectStoreError('InvalidArgument', 'You must specify at least one part', { ArgumentName: 'Parts' });
    const stored = new Map(this.#uploads.parts(uploadId).map((part) => [part.part, part]));
    let previous = 0;
    const chosen = asked.map(({ part, etag }) => {
      const found = stored.get(part);
      if (found === undefined || found.etag !== etag.replaceAll('"', '')) {
        const message =
          "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
        throw new ObjectStoreError('InvalidPart', message, {
          UploadId: uploadId,
          PartNumber: String(part),
          ETag: etag,
        });
      }
      if (part <= previous) {
        throw new ObjectStoreError(
          'InvalidPartOrder',
          'The list of parts was not in ascending order. Parts must be ordered by part number.',
          { UploadId: uploadId },
        );
      }
      previous = part;
      return found;
    });
    const small = chosen.slice(0, -1).find((part) => part.size < MIN_PART_BYTES);
    if (small !== undefined) {
      throw new ObjectStoreError('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: String(small.size),
        MinSizeAllowed: String(MIN_PART_BYTES),
        PartNumber: String(small.part),
        ETag: small.etag,
      });
    }
    return chosen;
  }

  #folder(uploadId: string): string {
    return join(this.#with.folder, uploadId);
  }
}

async function verify(made: Seam.Checksum | undefined, expected: Seam.PutOptions['checksum']): Promise<void> {
  const claimed = await expected?.value;
  if (claimed === undefined || made === undefined || expected?.algorithm !== made.algorithm) return;
  // Clients give a composite checksum with or without the number of parts.
  if (claimed === made.value || claimed === made.value.replace(/-\d+$/, '')) return;
  throw new ObjectStoreError('BadDigest', `The ${made.algorithm} you specified did not match the calculated checksum.`);
}

function partInfo({ part, size, etag, modifiedAt, checksum }: StoredPart): Seam.PartInfo {
  return { part, size, etag, modifiedAt, ...(checksum && { checksum }) };
}

/** Without a promise: at Create nothing of the body is known yet. */
function storable(options: Seam.PutOptions): StoredUpload['options'] {
  const { checksum, ...rest } = options;
  if (checksum === undefined) return rest;
  const { algorithm, type } = checksum;
  return { ...rest, checksum: { algorithm, ...(type && { type }) } };
}
