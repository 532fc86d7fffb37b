/**
 * The `ObjectStore` seam: buckets of byte objects, with the guarantees that S3 gives.
 *
 * An object appears whole or not at all: a reader sees the old bytes or the new bytes, never a mixture, also when the
 * process dies in the middle of a write. Bodies are streams: memory use does not depend on the size of the object. What is
 * refused is refused with an `ObjectStoreError`, whose codes are S3's.
 */
import type { Readable } from 'node:stream';
import type { Pieces } from './pieces.ts';

export type Body = Pieces | Uint8Array;

export interface ObjectStore {
  /** @throws BucketAlreadyExists, InvalidBucketName */
  createBucket(bucket: string): Promise<void>;
  /** @throws BucketNotEmpty */
  deleteBucket(bucket: string): Promise<void>;
  headBucket(bucket: string): Promise<BucketInfo | undefined>;
  listBuckets(): Promise<BucketInfo[]>;

  /** @throws NoSuchBucket, PreconditionFailed, BadDigest, InsufficientStorage */
  put(bucket: string, key: string, body: Body, options?: PutOptions): Promise<ObjectInfo>;
  /**
   * The caller must read the body to its end or destroy it.
   * @throws NoSuchBucket, NoSuchKey, InvalidRange, PreconditionFailed, NotModified
   */
  get(bucket: string, key: string, options?: GetOptions): Promise<ObjectBody>;
  /** @throws NoSuchBucket, NoSuchKey */
  head(bucket: string, key: string): Promise<ObjectInfo>;
  /** Deleting what is not there is no error, as in S3. */
  delete(bucket: string, key: string): Promise<void>;
  /** Keeps what describes the object unless `options` says it anew. @throws NoSuchBucket, NoSuchKey, PreconditionFailed */
  copy(from: ObjectAddress, to: ObjectAddress, options?: PutOptions): Promise<ObjectInfo>;
  /** Keys in UTF-8 byte order. */
  list(bucket: string, query: ListObjectsQuery): Promise<ListObjectsPage>;

  readonly multipart: MultipartUploads;
  close(): Promise<void>;
}

export interface MultipartUploads {
  create(bucket: string, key: string, options?: PutOptions): Promise<string>;
  /** Part numbers run from 1 to 10,000. */
  putPart(
    upload: UploadAddress,
    part: number,
    body: Body,
    options?: Pick<PutOptions, 'checksum' | 'md5'>,
  ): Promise<PartInfo>;
  /** @throws InvalidPart, InvalidPartOrder, EntityTooSmall (a part but the last under 5 MiB) */
  complete(upload: UploadAddress, parts: readonly CompletedPart[], options?: PutOptions): Promise<ObjectInfo>;
  abort(upload: UploadAddress): Promise<void>;
  listParts(upload: UploadAddress): Promise<PartInfo[]>;
  listUploads(bucket: string, prefix?: string): Promise<UploadInfo[]>;
}

export interface ObjectAddress {
  bucket: string;
  key: string;
}

export interface UploadAddress extends ObjectAddress {
  uploadId: string;
}

export interface BucketInfo {
  name: string;
  createdAt: Date;
}

export interface ObjectInfo {
  key: string;
  size: number;
  /**
   * Without quotes. As S3 makes them: `<md5>`, or `<md5 of md5s>-<parts>` after a multipart upload. Of a large body that was put in one piece an
   * implementation may give another value that ends in `-1`: clients know by the dash that it is no MD5, and the MD5 is what limits the speed.
   */
  etag: string;
  modifiedAt: Date;
  contentType?: string;
  contentEncoding?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  /** User metadata, names lower-case and without `x-amz-meta-`. */
  metadata: Record<string, string>;
  checksum?: Checksum;
  /** Bytes of each part, in order, of an object that was uploaded in parts; absent also where the store does not know. */
  partSizes?: readonly number[];
}

export interface Checksum {
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
  /** Base64; of a composite checksum, followed by `-<parts>`. */
  value: string;
}

export interface ObjectBody {
  info: ObjectInfo;
  /** Present when part of the object was asked for; both ends inclusive. */
  range?: { start: number; end: number };
  body: Readable;
}

export interface PutOptions {
  contentType?: string;
  contentEncoding?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentLanguage?: string;
  metadata?: Record<string, string>;
  /**
   * Computed while writing and kept. With `value`, the write is refused (BadDigest) unless it matches; `value` may be a promise because a
   * trailing checksum is known only after the body.
   */
  checksum?: {
    algorithm: Checksum['algorithm'];
    value?: string | Promise<string | undefined>;
    /**
     * Multipart uploads only: a checksum of the parts' checksums (`<value>-<parts>`) or of the whole object. Default: FULL_OBJECT for CRC64NVME,
     * COMPOSITE for the rest; SHA1 and SHA256 are always COMPOSITE.
     */
    type?: 'COMPOSITE' | 'FULL_OBJECT';
  };
  /** Hex MD5 of the body, from Content-MD5. */
  md5?: string;
  ifNoneMatch?: '*';
  ifMatch?: string;
}

export interface GetOptions {
  range?: string;
  ifMatch?: string;
  ifNoneMatch?: string;
  ifModifiedSince?: Date;
  ifUnmodifiedSince?: Date;
}

export interface ListObjectsQuery {
  prefix?: string;
  delimiter?: string;
  /** Start after this key (exclusive). */
  startAfter?: string;
  /** From {@link ListObjectsPage.next}. */
  token?: string;
  /** 1 to 1000; default 1000. */
  limit?: number;
}

/** Of an object, key, size, ETag and time are certain; what else describes it may be missing here. */
export interface ListObjectsPage {
  objects: ObjectInfo[];
  /** Folded by the delimiter. */
  commonPrefixes: string[];
  next?: string;
}

export interface CompletedPart {
  part: number;
  etag: string;
}

export interface PartInfo {
  part: number;
  size: number;
  etag: string;
  modifiedAt: Date;
  checksum?: Checksum;
}

export interface UploadInfo extends UploadAddress {
  createdAt: Date;
}
