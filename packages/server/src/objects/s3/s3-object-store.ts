/**
 * Objects in any S3: AWS's, or a store that speaks like it. The client is loaded when the store is opened, because most platforms never need it.
 *
 * What S3 does not tell, the store does not: a listing has no metadata, and an object that was uploaded in parts does not name their sizes.
 */
import type { GetObjectCommandInput, S3 } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { keepQuiet } from '../files/draft.ts';
import { assertBucketName, assertKey } from '../names.ts';
import { noSuchBucket, noSuchKey, ObjectStoreError } from '../object-store-error.ts';
import type * as Seam from '../object-store.ts';
import { copyObject } from './copy-object.ts';
import { bareEtag, described, infoOf } from './description.ts';
import { putStream } from './put-stream.ts';
import { isNotFound, seamError, translated } from './s3-errors.ts';
import { S3MultipartUploads } from './s3-multipart-uploads.ts';

export interface S3ObjectStoreOptions {
  readonly client: S3;
  /** Stands before the name of every bucket in the other store. */
  readonly bucketPrefix: string;
  /** Where buckets are made. */
  readonly region: string;
}

export class S3ObjectStore implements Seam.ObjectStore {
  readonly multipart: S3MultipartUploads;
  readonly #s3: S3;
  readonly #options: S3ObjectStoreOptions;

  constructor(options: S3ObjectStoreOptions) {
    this.#s3 = options.client;
    this.#options = options;
    this.multipart = new S3MultipartUploads({
      s3: this.#s3,
      nameOf: (bucket) => this.#name(bucket),
      head: (bucket, key) => this.head(bucket, key),
    });
  }

  async createBucket(bucket: string): Promise<void> {
    assertBucketName(bucket);
    const { region } = this.#options;
    // In us-east-1 AWS says yes to who owns the bucket already.
    if ((await this.headBucket(bucket)) !== undefined)
      throw new ObjectStoreError('BucketAlreadyExists', 'The bucket exists already.', { BucketName: bucket });
    const elsewhere =
      region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'EU' } };
    await translated(this.#s3.createBucket({ Bucket: this.#name(bucket), ...elsewhere }));
  }

  async deleteBucket(bucket: string): Promise<void> {
    await translated(this.#s3.deleteBucket({ Bucket: this.#name(bucket) }));
  }

  async headBucket(bucket: string): Promise<Seam.BucketInfo | undefined> {
    try {
      await this.#s3.headBucket({ Bucket: this.#name(bucket) });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw seamError(error);
    }
    return (await this.listBuckets()).find(({ name }) => name === bucket) ?? { name: bucket, createdAt: new Date(0) };
  }

  async listBuckets(): Promise<Seam.BucketInfo[]> {
    const { bucketPrefix } = this.#options;
    const { Buckets = [] } = await translated(this.#s3.listBuckets({}));
    const ours = Buckets.filter(({ Name }) => Name?.startsWith(bucketPrefix)).map(({ Name = '', CreationDate }) => ({
      name: Name.slice(bucketPrefix.length),
      createdAt: CreationDate ?? new Date(0),
    }));
    return ours.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async put(bucket: string, key: string, body: Seam.Body, options: Seam.PutOptions = {}): Promise<Seam.ObjectInfo> {
    keepQuiet(options);
    assertKey(key);
    const stored = await translated(putStream(this.#s3, { Bucket: this.#name(bucket), Key: key }, body, options));
    const now = await this.#headIfThere({ bucket, key });
    if (now?.etag === stored.etag) return now;
    // Somebody was faster with the next change.
    return { ...infoOf(key, stored.size, described(options)), etag: stored.etag, modifiedAt: new Date() };
  }

  async get(bucket: string, key: string, options: Seam.GetOptions = {}): Promise<Seam.ObjectBody> {
    assertKey(key);
    const asked: GetObjectCommandInput = {
      Bucket: this.#name(bucket),
      Key: key,
      ...(isRange(options.range) && { Range: options.range }),
      ...(options.ifMatch !== undefined && { IfMatch: options.ifMatch }),
      ...(options.ifNoneMatch !== undefined && { IfNoneMatch: options.ifNoneMatch }),
      ...(options.ifModifiedSince && { IfModifiedSince: options.ifModifiedSince }),
      ...(options.ifUnmodifiedSince && { IfUnmodifiedSince: options.ifUnmodifiedSince }),
      ChecksumMode: 'ENABLED',
    };
    const output = await translated(this.#s3.getObject(asked));
    const [, start, end, whole] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(output.ContentRange ?? '') ?? [];
    const size = Number(whole ?? output.ContentLength ?? 0);
    const { Body } = output;
    const body = Body instanceof Readable ? Body : Readable.from([], { objectMode: false });
    return {
      info: infoOf(key, size, output),
      body,
      ...(start !== undefined && { range: { start: Number(start), end: Number(end) } }),
    };
  }

  async head(bucket: string, key: string): Promise<Seam.ObjectInfo> {
    assertKey(key);
    try {
      const output = await this.#s3.headObject({ Bucket: this.#name(bucket), Key: key, ChecksumMode: 'ENABLED' });
      return infoOf(key, output.ContentLength ?? 0, output);
    } catch (error) {
      if (!isNotFound(error)) throw seamError(error);
      throw (await this.headBucket(bucket)) === undefined ? noSuchBucket(bucket) : noSuchKey(key);
    }
  }

  async delete(bucket: string, key: string): Promise<void> {
    assertKey(key);
    await translated(this.#s3.deleteObject({ Bucket: this.#name(bucket), Key: key }));
  }

  async copy(from: Seam.ObjectAddress, to: Seam.ObjectAddress, options?: Seam.PutOptions): Promise<Seam.ObjectInfo> {
    assertKey(to.key);
    const source = await this.head(from.bucket, from.key);
    if (options?.ifNoneMatch !== undefined && (await this.#headIfThere(to)) !== undefined)
      throw new ObjectStoreError(
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
        {
          Condition: 'If-None-Match',
        },
      );
    const address = { Bucket: this.#name(from.bucket), Key: from.key };
    const target = { Bucket: this.#name(to.bucket), Key: to.key };
    const copied = await translated(copyObject(this.#s3, { ...address, info: source }, target, options));
    return copied === undefined ? this.head(to.bucket, to.key) : { ...copied, key: to.key };
  }

  async list(bucket: string, query: Seam.ListObjectsQuery): Promise<Seam.ListObjectsPage> {
    const page = await translated(
      this.#s3.listObjectsV2({
        Bucket: this.#name(bucket),
        // Keys may hold what XML cannot.
        EncodingType: 'url',
        MaxKeys: Math.min(query.limit ?? 1000, 1000),
        ...(query.prefix !== undefined && query.prefix !== '' && { Prefix: query.prefix }),
        ...(query.delimiter !== undefined && query.delimiter !== '' && { Delimiter: query.delimiter }),
        ...(query.startAfter !== undefined && query.startAfter !== '' && { StartAfter: query.startAfter }),
        ...(query.token !== undefined && { ContinuationToken: query.token }),
      }),
    );
    return {
      objects: (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }) => ({
        key: urlDecoded(Key),
        size: Size,
        etag: bareEtag(ETag),
        modifiedAt: wholeSeconds(LastModified ?? new Date(0)),
        metadata: {},
      })),
      commonPrefixes: (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => urlDecoded(Prefix)),
      ...(page.NextContinuationToken !== undefined && { next: page.NextContinuationToken }),
    };
  }

  async close(): Promise<void> {
    this.#s3.destroy();
  }

  #name(bucket: string): string {
    return this.#options.bucketPrefix + bucket;
  }

  async #headIfThere({ bucket, key }: Seam.ObjectAddress): Promise<Seam.ObjectInfo | undefined> {
    try {
      return await this.head(bucket, key);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.code === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}

/** Other stores refuse what S3 ignores: several ranges, ranges backwards, and other units. */
function isRange(range: string | undefined): range is string {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return false;
  return first === '' || last === '' || Number(first) <= Number(last);
}

/** As HEAD gives it. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function urlDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
