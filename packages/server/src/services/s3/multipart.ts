import type { CreateMultipartUploadRequest, S3Operations } from '@rung/wire/types/s3';
import type { PutOptions, UploadAddress, UploadInfo } from '../../objects/object-store.ts';
import type { Handlers } from '../service.ts';
import { ownerOf } from './buckets.ts';
import {
  checksumInHeaders,
  checksumMembers,
  objectChecksumMembers,
  requestedChecksum,
  supportedAlgorithm,
} from './checksums.ts';
import { refuse } from './errors.ts';
import type { S3Resources } from './index.ts';
import { pageSize } from './listing.ts';
import { quoted } from './objects.ts';
import { present } from './present.ts';
import { nameEncoder } from './url-encoding.ts';
import { descriptionOptions, md5Hex, writeConditions } from './write-options.ts';

export function multipartHandlers({ objects }: S3Resources): Handlers<S3Operations> {
  const uploads = objects.multipart;
  return {
    async CreateMultipartUpload(input) {
      const { Bucket, Key } = input;
      const checksum = uploadChecksum(input);
      const uploadId = await uploads.create(Bucket, Key, { ...descriptionOptions(input), ...present({ checksum }) });
      return {
        Bucket,
        Key,
        UploadId: uploadId,
        ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
      };
    },

    async UploadPart(input, context) {
      const checksum = requestedChecksum(input, context);
      const options = { ...md5Hex(input.ContentMD5), ...present({ checksum }) };
      const part = await uploads.putPart(addressOf(input), input.PartNumber, input.Body ?? new Uint8Array(), options);
      return { ETag: quoted(part.etag), ...checksumMembers(part.checksum) };
    },

    async CompleteMultipartUpload(input, { origin }) {
      const { Bucket, Key } = input;
      const parts = (input.MultipartUpload?.Parts ?? []).map(({ PartNumber, ETag }) => {
        if (PartNumber === undefined || ETag === undefined) throw refuse.malformedXml();
        return { part: PartNumber, etag: ETag };
      });
      if (parts.length === 0) throw refuse.malformedXml();
      const checksum = checksumInHeaders(input);
      const info = await uploads.complete(addressOf(input), parts, {
        ...writeConditions(input),
        ...present({ checksum }),
      });
      const path = [Bucket, ...Key.split('/')].map(encodeURIComponent).join('/');
      return {
        Location: `${origin}/${path}`,
        Bucket,
        Key,
        ETag: quoted(info.etag),
        ...objectChecksumMembers(info.checksum),
      };
    },

    async AbortMultipartUpload(input) {
      await uploads.abort(addressOf(input));
      return {};
    },

    async ListParts(input, context) {
      const { Bucket, Key, UploadId, PartNumberMarker = 0 } = input;
      const MaxParts = pageSize(input.MaxParts, 'max-parts');
      const left = (await uploads.listParts(addressOf(input))).filter(({ part }) => part > PartNumberMarker);
      const page = left.slice(0, MaxParts);
      const IsTruncated = page.length < left.length;
      return {
        Bucket,
        Key,
        UploadId,
        PartNumberMarker,
        NextPartNumberMarker: page.at(-1)?.part ?? PartNumberMarker,
        MaxParts,
        IsTruncated,
        StorageClass: 'STANDARD',
        Owner: ownerOf(context),
        Initiator: ownerOf(context),
        Parts: page.map(({ part, size, etag, modifiedAt, checksum }) => ({
          PartNumber: part,
          LastModified: modifiedAt,
          ETag: quoted(etag),
          Size: size,
          ...checksumMembers(checksum),
        })),
      };
    },

    async ListMultipartUploads(input, context) {
      const { Bucket, Prefix = '', Delimiter, KeyMarker = '', UploadIdMarker = '', EncodingType } = input;
      const encode = nameEncoder(EncodingType);
      const MaxUploads = pageSize(input.MaxUploads, 'max-uploads');
      const { folded, kept } = foldUploads(await uploads.listUploads(Bucket, Prefix), Prefix, Delimiter);
      const left = afterUpload(kept, KeyMarker, UploadIdMarker);
      const page = left.slice(0, MaxUploads);
      const last = page.at(-1);
      const IsTruncated = page.length < left.length;
      return {
        Bucket,
        Prefix: encode(Prefix),
        Delimiter: Delimiter && encode(Delimiter),
        KeyMarker: encode(KeyMarker),
        UploadIdMarker,
        MaxUploads,
        EncodingType,
        IsTruncated,
        ...(IsTruncated && last && { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.uploadId }),
        CommonPrefixes: folded.map((prefix) => ({ Prefix: encode(prefix) })),
        Uploads: page.map(({ key, uploadId, createdAt }) => ({
          Key: encode(key),
          UploadId: uploadId,
          Initiated: createdAt,
          StorageClass: 'STANDARD' as const,
          Owner: ownerOf(context),
          Initiator: ownerOf(context),
        })),
      };
    },
  };
}

function addressOf({ Bucket, Key, UploadId }: { Bucket: string; Key: string; UploadId: string }): UploadAddress {
  return { bucket: Bucket, key: Key, uploadId: UploadId };
}

function uploadChecksum(
  input: CreateMultipartUploadRequest,
): (NonNullable<PutOptions['checksum']> & { type: 'COMPOSITE' | 'FULL_OBJECT' }) | undefined {
  const algorithm = supportedAlgorithm(input.ChecksumAlgorithm);
  if (algorithm === undefined) return undefined;
  const type = input.ChecksumType ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const impossible = type === 'FULL_OBJECT' ? algorithm.startsWith('SHA') : algorithm === 'CRC64NVME';
  if (impossible)
    throw refuse.invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`);
  return { algorithm, type };
}

/** Uploads whose keys hold the delimiter behind the prefix are shown as the prefix that they share. */
function foldUploads(
  all: readonly UploadInfo[],
  prefix: string,
  delimiter: string | undefined,
): { folded: string[]; kept: UploadInfo[] } {
  if (delimiter === undefined || delimiter === '') return { folded: [], kept: [...all] };
  const folded = new Set<string>();
  const kept = all.filter(({ key }) => {
    const at = key.indexOf(delimiter, prefix.length);
    if (at >= 0) folded.add(key.slice(0, at + delimiter.length));
    return at < 0;
  });
  return { folded: [...folded], kept };
}

/** What stands behind the markers; with a key marker alone, all other uploads of that key are behind it too. */
function afterUpload(uploads: readonly UploadInfo[], keyMarker: string, uploadIdMarker: string): readonly UploadInfo[] {
  if (keyMarker === '') return uploads;
  const marker = Buffer.from(keyMarker);
  const at = uploads.findIndex(({ key, uploadId }) => key === keyMarker && uploadId === uploadIdMarker);
  return at >= 0 ? uploads.slice(at + 1) : uploads.filter(({ key }) => Buffer.compare(Buffer.from(key), marker) > 0);
}
