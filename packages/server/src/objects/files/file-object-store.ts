/**
 * Objects as files: `<root>/<bucket>/<key>`, in the user's own names (see placement.ts for the keys that cannot be), and all else under
 * `<root>/.rung`: the index with descriptions and uploads, drafts, parts. One process at a time writes to a root; the folders are for anyone to
 * read. A file that another program edited is served as it is now, with a new ETag; one that it removed is gone; one that it added is not seen.
 */
import { closeSync, constants, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseByteRange } from '../byte-range.ts';
import { checkReadConditions, checkWriteConditions } from '../conditions.ts';
import { assertBucketName, assertKey } from '../names.ts';
import { noSuchBucket, noSuchKey, ObjectStoreError, storageError } from '../object-store-error.ts';
import type * as Seam from '../object-store.ts';
import { BodyWriter } from './body-writer.ts';
import { removeBucketFolder } from './bucket-folder.ts';
import { describe, keepQuiet, withScratchFile, writeDraft } from './draft.ts';
import { DiskReserve } from './disk-reserve.ts';
import { refreshEdited } from './edited-file.ts';
import { FileMultipartUploads } from './file-multipart-uploads.ts';
import { listObjects } from './list-objects.ts';
import { ObjectFiles, type OpenObject } from './object-files.ts';
import { ObjectIndex, type ObjectEntry } from './object-index.ts';
import { HIDDEN_FOLDER, Placement } from './placement.ts';
import { readBody } from './read-body.ts';

export interface FileObjectStoreOptions {
  /** The folder for the buckets; made when it is not there. */
  root: string;
}

export class FileObjectStore implements Seam.ObjectStore {
  readonly multipart: FileMultipartUploads;
  readonly #index: ObjectIndex;
  readonly #files: ObjectFiles;
  readonly #placement: Placement;
  readonly #writer = new BodyWriter();
  readonly #drafts: string;
  /** Removal of what an earlier process left half done. */
  readonly #swept: Promise<unknown>;

  constructor(options: FileObjectStoreOptions) {
    mkdirSync(join(options.root, HIDDEN_FOLDER, 'drafts'), { recursive: true });
    const root = realpathSync.native(options.root);
    const hidden = join(root, HIDDEN_FOLDER);
    this.#drafts = join(hidden, 'drafts');
    this.#placement = new Placement(root);
    const reserve = new DiskReserve(join(hidden, 'reserve'));
    this.#index = new ObjectIndex(join(hidden, 'index.sqlite'));
    this.#files = new ObjectFiles(this.#index, this.#placement, reserve);
    this.#files.recover();
    const left = readdirSync(this.#drafts);
    this.multipart = new FileMultipartUploads({
      index: this.#index,
      files: this.#files,
      writer: this.#writer,
      reserve,
      folder: join(hidden, 'uploads'),
      drafts: this.#drafts,
    });
    this.#swept = Promise.all([
      ...left.map((name) => rm(join(this.#drafts, name), { force: true })),
      this.multipart.sweep(),
    ]);
    // Reported by close(); until then a leftover file does no harm.
    this.#swept.catch(() => {});
  }

  async createBucket(bucket: string): Promise<void> {
    assertBucketName(bucket);
    if (this.#index.bucket(bucket) !== undefined) {
      throw new ObjectStoreError('BucketAlreadyExists', 'The bucket exists already.', { BucketName: bucket });
    }
    try {
      mkdirSync(this.#placement.bucketFolder(bucket), { recursive: true });
      this.#index.addBucket({ name: bucket, createdAt: new Date() });
      await this.#index.flush();
    } catch (error) {
      throw storageError(error);
    }
  }

  async deleteBucket(bucket: string): Promise<void> {
    this.#requireBucket(bucket);
    if (this.#index.bucketInUse(bucket)) {
      throw new ObjectStoreError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        BucketName: bucket,
      });
    }
    removeBucketFolder(this.#placement.bucketFolder(bucket), bucket);
    await this.multipart.dropAll(bucket, () => this.#index.removeBucket(bucket));
  }

  async headBucket(bucket: string): Promise<Seam.BucketInfo | undefined> {
    return this.#index.bucket(bucket);
  }

  async listBuckets(): Promise<Seam.BucketInfo[]> {
    return this.#index.buckets();
  }

  async put(bucket: string, key: string, body: Seam.Body, options: Seam.PutOptions = {}): Promise<Seam.ObjectInfo> {
    keepQuiet(options);
    this.#requireBucket(bucket);
    assertKey(key);
    const check = (now: ObjectEntry | undefined) => checkWriteConditions(key, now, options);
    // Before the body is read, so that a refused upload is refused early; and again, when it counts, in publish().
    check(this.#index.object(bucket, key));
    return withScratchFile(this.#drafts, async (scratch) => {
      const { size, etag, checksum } = await writeDraft(scratch.file, body, options, this.#writer);
      const draft = { ...scratch, size, etag, description: describe(options, checksum) };
      return infoOf(await this.#files.publish(bucket, key, draft, check));
    });
  }

  async get(bucket: string, key: string, options: Seam.GetOptions = {}): Promise<Seam.ObjectBody> {
    const { entry, descriptor } = await this.#open(bucket, key);
    try {
      const info = infoOf(entry);
      checkReadConditions(info, options);
      const range = parseByteRange(options.range, entry.size);
      return { info, body: readBody(descriptor, entry.size, range), ...(range && { range }) };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  async head(bucket: string, key: string): Promise<Seam.ObjectInfo> {
    const { entry, descriptor } = await this.#open(bucket, key);
    closeSync(descriptor);
    return infoOf(entry);
  }

  async delete(bucket: string, key: string): Promise<void> {
    this.#requireBucket(bucket);
    assertKey(key);
    try {
      await this.#files.remove(bucket, key);
    } catch (error) {
      throw storageError(error);
    }
  }

  async copy(from: Seam.ObjectAddress, to: Seam.ObjectAddress, options?: Seam.PutOptions): Promise<Seam.ObjectInfo> {
    this.#requireBucket(to.bucket);
    assertKey(to.key);
    const source = await this.head(from.bucket, from.key);
    if (options?.checksum !== undefined && options.checksum.algorithm !== source.checksum?.algorithm) {
      return this.#copyAndHash(from, to, options);
    }
    const check = (now: ObjectEntry | undefined) => checkWriteConditions(to.key, now, options ?? {});
    return withScratchFile(this.#drafts, async (scratch) => {
      const { size, etag, description } = await this.#copyBytes(from, scratch.path);
      const kept = options === undefined ? description : { ...describe(options, description.checksum) };
      return infoOf(await this.#files.publish(to.bucket, to.key, { ...scratch, size, etag, description: kept }, check));
    });
  }

  async list(bucket: string, query: Seam.ListObjectsQuery): Promise<Seam.ListObjectsPage> {
    this.#requireBucket(bucket);
    const page = listObjects((from, to, limit) => this.#index.range(bucket, from, to, limit), query);
    const { entries, commonPrefixes, next } = page;
    return { objects: entries.map(infoOf), commonPrefixes, ...(next !== undefined && { next }) };
  }

  /** Again is no error. What is under way fails. */
  async close(): Promise<void> {
    await this.#swept.finally(() => this.#writer.close()).finally(() => this.#index.close());
  }

  async #open(bucket: string, key: string): Promise<OpenObject> {
    this.#requireBucket(bucket);
    let opened = this.#files.open(bucket, key);
    while (opened?.edited !== undefined) {
      await refreshEdited(this.#index, bucket, opened);
      opened = this.#files.open(bucket, key);
    }
    if (opened === undefined) throw noSuchKey(key);
    return opened;
  }

  /** Copies one version of the source, whole: blocks are shared where the file system can. */
  async #copyBytes(from: Seam.ObjectAddress, path: string): Promise<ObjectEntry> {
    for (;;) {
      const { entry, descriptor } = await this.#open(from.bucket, from.key);
      closeSync(descriptor);
      await copyFile(this.#placement.path(from.bucket, from.key, entry.place), path, constants.COPYFILE_FICLONE);
      // When the source was replaced meanwhile, nobody knows which of the two was copied.
      const now = await this.#open(from.bucket, from.key);
      closeSync(now.descriptor);
      if (now.entry.modifiedUs === entry.modifiedUs && now.entry.etag === entry.etag) return entry;
    }
  }

  async #copyAndHash(
    from: Seam.ObjectAddress,
    to: Seam.ObjectAddress,
    options: Seam.PutOptions,
  ): Promise<Seam.ObjectInfo> {
    const { body } = await this.get(from.bucket, from.key);
    try {
      return await this.put(to.bucket, to.key, body, options);
    } finally {
      body.destroy();
    }
  }

  #requireBucket(bucket: string): void {
    if (this.#index.bucket(bucket) === undefined) throw noSuchBucket(bucket);
  }
}

function infoOf(entry: ObjectEntry): Seam.ObjectInfo {
  const { key, size, etag, modifiedUs, description } = entry;
  return { key, size, etag, modifiedAt: new Date(Math.floor(modifiedUs / 1000)), ...description };
}
