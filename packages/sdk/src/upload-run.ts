import { createHash } from 'node:crypto';
import { type ServiceClient, WireError } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';
import { type LocalFile, readPart } from './local-files.ts';

export interface UploadRunOptions {
  readonly bucket: string;
  readonly prefix: string;
  readonly skipUnchanged: boolean;
  /** Aborted: nothing more is begun. What is under way ends, because it saves the next upload that work. */
  readonly signal: AbortSignal;
  readonly onDone: (bytes: number) => void;
}

/** One piece of work: a small file, or a part of a large one. */
export type Piece = () => Promise<void>;

const MiB = 2 ** 20;
/** Above this a file goes up in parts, so that no request is large and a failed one is cheap to repeat. */
const PART_BYTES = 16 * MiB;
/** S3's own limit. */
const MAX_PARTS = 10_000;

interface StoredPart {
  readonly etag: string;
  readonly size: number;
}

export class UploadRun {
  readonly #s3: ServiceClient<S3Operations>;
  readonly #options: UploadRunOptions;
  /** Key → id of an upload that was begun and not ended. */
  #begun: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(s3: ServiceClient<S3Operations>, options: UploadRunOptions) {
    this.#s3 = s3;
    this.#options = options;
  }

  async *pieces(files: readonly LocalFile[]): AsyncGenerator<Piece> {
    for (const file of files) {
      if (this.#options.signal.aborted) return;
      if (file.size <= PART_BYTES) yield () => this.#putWhole(file);
      else if (this.#options.skipUnchanged && (await this.#isThere(file))) this.#options.onDone(file.size);
      else yield* this.#parts(file);
    }
  }

  async #putWhole(file: LocalFile): Promise<void> {
    const Body = await readPart(file.path, 0, file.size);
    const same = this.#options.skipUnchanged && (await this.#etag(file)) === md5(Body);
    if (!same) await this.#s3.call('PutObject', { ...this.#address(file), Body });
    this.#options.onDone(file.size);
  }

  async *#parts(file: LocalFile): AsyncGenerator<Piece> {
    const address = this.#address(file);
    const { UploadId, stored } = await this.#openUpload(file);
    const size = partBytes(file.size);
    const count = Math.ceil(file.size / size);
    const etags: string[] = [];
    let left = count;
    for (let number = 1; number <= count; number += 1) {
      const start = (number - 1) * size;
      yield async () => {
        const Body = await readPart(file.path, start, Math.min(size, file.size - start));
        const sum = md5(Body);
        const before = stored.get(number);
        if (before?.size === Body.length && before.etag === sum) etags[number - 1] = sum;
        else {
          const part = { ...address, UploadId, PartNumber: number, Body };
          const { ETag } = await this.#s3.call('UploadPart', part);
          etags[number - 1] = bare(ETag);
        }
        left -= 1;
        if (left === 0) {
          const Parts = etags.map((ETag, index) => ({ PartNumber: index + 1, ETag }));
          const whole = { ...address, UploadId, MultipartUpload: { Parts } };
          await this.#s3.call('CompleteMultipartUpload', whole);
        }
        this.#options.onDone(Body.length);
      };
    }
  }

  /** The upload that an earlier run began, with what it has stored, or a new one. */
  async #openUpload(file: LocalFile): Promise<{ UploadId: string; stored: ReadonlyMap<number, StoredPart> }> {
    this.#begun ??= this.#listUploads();
    const address = this.#address(file);
    const begun = (await this.#begun).get(address.Key);
    if (begun !== undefined) {
      try {
        return { UploadId: begun, stored: await this.#listParts(address, begun) };
      } catch (error) {
        // Ended or thrown away meanwhile.
        if (!(error instanceof WireError) || error.code !== 'NoSuchUpload') throw error;
      }
    }
    const { UploadId } = await this.#s3.call('CreateMultipartUpload', address);
    if (UploadId === undefined) throw new Error(`The upload of "${file.path}" got no upload id`);
    return { UploadId, stored: new Map() };
  }

  async #listUploads(): Promise<ReadonlyMap<string, string>> {
    const { bucket, prefix } = this.#options;
    const found = new Map<string, string>();
    const pages = this.#s3.paginate('ListMultipartUploads', { Bucket: bucket, Prefix: `${prefix}/` });
    for await (const { Uploads } of pages)
      for (const { Key, UploadId } of Uploads ?? [])
        if (Key !== undefined && UploadId !== undefined) found.set(Key, UploadId);
    return found;
  }

  async #listParts(
    address: { Bucket: string; Key: string },
    UploadId: string,
  ): Promise<ReadonlyMap<number, StoredPart>> {
    const stored = new Map<number, StoredPart>();
    for await (const { Parts } of this.#s3.paginate('ListParts', { ...address, UploadId }))
      for (const { PartNumber = 0, ETag, Size = -1 } of Parts ?? [])
        stored.set(PartNumber, { etag: bare(ETag), size: Size });
    return stored;
  }

  /** Whether the object is there with the content of a file that goes up in parts. */
  async #isThere(file: LocalFile): Promise<boolean> {
    const etag = await this.#etag(file);
    const size = partBytes(file.size);
    if (etag === undefined || !etag.endsWith(`-${Math.ceil(file.size / size)}`)) return false;
    const sums = createHash('md5');
    for (let start = 0; start < file.size; start += size)
      sums.update(md5(await readPart(file.path, start, Math.min(size, file.size - start))), 'hex');
    return etag.startsWith(`${sums.digest('hex')}-`);
  }

  /** Of the object, when there is one of the file's size. */
  async #etag(file: LocalFile): Promise<string | undefined> {
    try {
      const { ContentLength, ETag } = await this.#s3.call('HeadObject', this.#address(file));
      return ContentLength === file.size ? bare(ETag) : undefined;
    } catch (error) {
      if (error instanceof WireError && error.status === 404) return undefined;
      throw error;
    }
  }

  #address(file: LocalFile): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: `${this.#options.prefix}/${file.name}` };
  }
}

/** Large files get larger parts, so that their number stays within S3's limit. */
function partBytes(fileSize: number): number {
  return Math.max(PART_BYTES, Math.ceil(fileSize / MAX_PARTS / MiB) * MiB);
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function bare(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}
