import type { S3 } from '@aws-sdk/client-s3';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { keepQuiet, withScratchFile } from '../files/draft.ts';
import { assertKey } from '../names.ts';
import { ObjectStoreError } from '../object-store-error.ts';
import type * as Seam from '../object-store.ts';
import { bareEtag, checksumOf, conditions, described } from './description.ts';
import { Sums, checksumMember, pickChecksum } from './put-stream.ts';
import { translated } from './s3-errors.ts';

/** A part of unknown length is held in memory up to this size, and above it in a temporary file: S3 wants to hear the length first. */
const MEMORY_BYTES = 16 * 2 ** 20;

export interface S3UploadsSurroundings {
  readonly s3: S3;
  /** A bucket's name in the other store. */
  readonly nameOf: (bucket: string) => string;
  readonly head: (bucket: string, key: string) => Promise<Seam.ObjectInfo>;
}

export class S3MultipartUploads implements Seam.MultipartUploads {
  readonly #with: S3UploadsSurroundings;

  constructor(surroundings: S3UploadsSurroundings) {
    this.#with = surroundings;
  }

  async create(bucket: string, key: string, options: Seam.PutOptions = {}): Promise<string> {
    assertKey(key);
    const { checksum } = options;
    const { UploadId = '' } = await translated(
      this.#with.s3.createMultipartUpload({
        Bucket: this.#with.nameOf(bucket),
        Key: key,
        ...described(options),
        ...(checksum && { ChecksumAlgorithm: checksum.algorithm }),
        ...(checksum?.type && { ChecksumType: checksum.type }),
      }),
    );
    return UploadId;
  }

  async putPart(
    upload: Seam.UploadAddress,
    part: number,
    body: Seam.Body,
    options: Pick<Seam.PutOptions, 'checksum' | 'md5'> = {},
  ): Promise<Seam.PartInfo> {
    keepQuiet(options);
    if (!Number.isInteger(part) || part < 1 || part > 10_000)
      throw new ObjectStoreError('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
    const sums = new Sums(options);
    return withScratchFile(tmpdir(), async ({ path, file }) => {
      const held: Uint8Array[] = [];
      let size = 0;
      let written = 0;
      const spill = async (): Promise<void> => {
        for (const chunk of held.splice(0)) written += (await file.write(chunk, 0, chunk.length, written)).bytesWritten;
      };
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        sums.update(chunk);
        // The sender may use its bytes again.
        held.push(Buffer.from(chunk));
        size += chunk.length;
        if (size > MEMORY_BYTES) await spill();
      }
      const checksum = await sums.check();
      const source = written === 0 ? undefined : await open(path);
      try {
        const { ETag } = await translated(
          this.#with.s3.uploadPart({
            ...this.#address(upload),
            PartNumber: part,
            Body: source === undefined ? Buffer.concat(held, size) : source.createReadStream({ autoClose: false }),
            ContentLength: size,
            ...checksum,
          }),
        );
        const sum = checksumOf(checksum);
        return { part, size, etag: bareEtag(ETag), modifiedAt: new Date(), ...(sum && { checksum: sum }) };
      } finally {
        await source?.close();
      }
    });
  }

  async complete(
    upload: Seam.UploadAddress,
    parts: readonly Seam.CompletedPart[],
    options: Seam.PutOptions = {},
  ): Promise<Seam.ObjectInfo> {
    if (parts.length === 0)
      throw new ObjectStoreError('InvalidArgument', 'An upload is completed from one part at least.');
    if (parts.some(({ part }, index) => index > 0 && part <= (parts[index - 1]?.part ?? 0)))
      throw new ObjectStoreError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      );
    // S3 wants the checksums of the parts again, which the seam does not hand over.
    const known = new Map((await this.listParts(upload)).map((info) => [info.part, info]));
    const claimed = await options.checksum?.value;
    await translated(
      this.#with.s3.completeMultipartUpload({
        ...this.#address(upload),
        MultipartUpload: {
          Parts: parts.map(({ part, etag }) => {
            const sum = known.get(part)?.checksum;
            const again = sum && checksumMember(sum.algorithm, sum.value);
            return { PartNumber: part, ETag: `"${etag}"`, ...pickChecksum(sum?.algorithm, again ?? {}) };
          }),
        },
        ...conditions(options),
        ...(options.checksum && claimed !== undefined && checksumMember(options.checksum.algorithm, claimed)),
      }),
    );
    return this.#with.head(upload.bucket, upload.key);
  }

  async abort(upload: Seam.UploadAddress): Promise<void> {
    await translated(this.#with.s3.abortMultipartUpload(this.#address(upload)));
  }

  async listParts(upload: Seam.UploadAddress): Promise<Seam.PartInfo[]> {
    const parts: Seam.PartInfo[] = [];
    for (let marker: string | undefined, more = true; more;) {
      const page = await translated(
        this.#with.s3.listParts({
          ...this.#address(upload),
          ...(marker !== undefined && { PartNumberMarker: marker }),
        }),
      );
      for (const { PartNumber = 0, Size = 0, ETag, LastModified = new Date(0), ...rest } of page.Parts ?? []) {
        const sum = checksumOf(rest);
        parts.push({
          part: PartNumber,
          size: Size,
          etag: bareEtag(ETag),
          modifiedAt: LastModified,
          ...(sum && { checksum: sum }),
        });
      }
      more = page.IsTruncated === true;
      marker = page.NextPartNumberMarker;
    }
    return parts;
  }

  async listUploads(bucket: string, prefix = ''): Promise<Seam.UploadInfo[]> {
    const uploads: Seam.UploadInfo[] = [];
    for (let from: { KeyMarker?: string; UploadIdMarker?: string } = {}, more = true; more;) {
      const page = await translated(
        this.#with.s3.listMultipartUploads({ Bucket: this.#with.nameOf(bucket), Prefix: prefix, ...from }),
      );
      for (const { Key: key = '', UploadId: uploadId = '', Initiated: createdAt = new Date(0) } of page.Uploads ?? [])
        uploads.push({ bucket, key, uploadId, createdAt });
      more = page.IsTruncated === true;
      from = {
        ...(page.NextKeyMarker !== undefined && { KeyMarker: page.NextKeyMarker }),
        ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }),
      };
    }
    // Not every store lists them in order.
    return uploads.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  #address({ bucket, key, uploadId }: Seam.UploadAddress): { Bucket: string; Key: string; UploadId: string } {
    return { Bucket: this.#with.nameOf(bucket), Key: key, UploadId: uploadId };
  }
}
