import type { GetObjectRequest, HeadObjectRequest, S3Operations } from '@rung/wire/types/s3';
import { type ByteRange, parseByteRange } from '../../objects/byte-range.ts';
import { checkReadConditions } from '../../objects/conditions.ts';
import type { GetOptions, ObjectBody, ObjectInfo } from '../../objects/object-store.ts';
import type { Handlers } from '../service.ts';
import { checksumType, objectChecksumMembers } from './checksums.ts';
import { refuse } from './errors.ts';
import type { S3Resources } from './index.ts';
import { quoted } from './objects.ts';
import { present } from './present.ts';

type ReadRequest = GetObjectRequest | HeadObjectRequest;

export function readingHandlers({ objects }: S3Resources): Handlers<S3Operations> {
  return {
    async GetObject(input) {
      const { info, range, body } = await open(input);
      return { ...headOf(input, info, range), Body: body };
    },

    async HeadObject(input) {
      const info = await objects.head(input.Bucket, input.Key);
      checkReadConditions(info, conditionsOf(input));
      return headOf(input, info, parseByteRange(rangeOf(input, info), info.size));
    },

    async GetObjectAttributes({ Bucket, Key, ObjectAttributes, MaxParts = 1000, PartNumberMarker = 0 }) {
      const info = await objects.head(Bucket, Key);
      const asked = new Set<string>(ObjectAttributes);
      const sizes = info.partSizes?.map((Size, index) => ({ PartNumber: index + 1, Size }));
      const parts = sizes?.slice(PartNumberMarker, PartNumberMarker + MaxParts);
      return {
        LastModified: info.modifiedAt,
        // Without quotes, unlike everywhere else in S3.
        ...(asked.has('ETag') && { ETag: info.etag }),
        ...(asked.has('ObjectSize') && { ObjectSize: info.size }),
        ...(asked.has('StorageClass') && { StorageClass: 'STANDARD' as const }),
        ...(asked.has('Checksum') && info.checksum && { Checksum: objectChecksumMembers(info.checksum) }),
        ...(asked.has('ObjectParts') &&
          sizes &&
          parts && {
            ObjectParts: {
              TotalPartsCount: sizes.length,
              PartNumberMarker,
              NextPartNumberMarker: PartNumberMarker + parts.length,
              MaxParts,
              IsTruncated: PartNumberMarker + parts.length < sizes.length,
              // S3 lists the single parts only where their checksums are known with them.
              ...(info.checksum && checksumType(info.checksum) === 'COMPOSITE' && { Parts: parts }),
            },
          }),
      };
    },
  };

  async function open(input: GetObjectRequest): Promise<ObjectBody> {
    const { Bucket, Key } = input;
    if (input.PartNumber === undefined)
      return objects.get(Bucket, Key, { ...conditionsOf(input), ...present({ range: input.Range }) });
    for (;;) {
      const info = await objects.head(Bucket, Key);
      const found = await objects.get(Bucket, Key, {
        ...conditionsOf(input),
        ...present({ range: rangeOf(input, info) }),
      });
      if (found.info.etag === info.etag) return found;
      // Replaced between the two: the range is that of another object's part.
      found.body.destroy();
    }
  }
}

function conditionsOf(input: ReadRequest): GetOptions {
  return present({
    ifMatch: input.IfMatch,
    ifNoneMatch: input.IfNoneMatch,
    ifModifiedSince: input.IfModifiedSince,
    ifUnmodifiedSince: input.IfUnmodifiedSince,
  });
}

/** A part is asked for as the range where it lies. An object that was put in one piece is its own first part. */
function rangeOf({ Range, PartNumber }: ReadRequest, info: ObjectInfo): string | undefined {
  if (PartNumber === undefined) return Range;
  if (Range !== undefined)
    throw refuse.invalidRequest('Cannot specify both Range header and partNumber query parameter');
  const sizes = info.partSizes ?? [info.size];
  const size = sizes[PartNumber - 1];
  if (size === undefined) throw refuse.invalidPartNumber();
  const start = sizes.slice(0, PartNumber - 1).reduce((sum, part) => sum + part, 0);
  return size === 0 ? undefined : `bytes=${start}-${start + size - 1}`;
}

function headOf(input: ReadRequest, info: ObjectInfo, range: ByteRange | undefined) {
  return {
    AcceptRanges: 'bytes',
    ETag: quoted(info.etag),
    LastModified: info.modifiedAt,
    ContentLength: range === undefined ? info.size : range.end - range.start + 1,
    ...(range && { ContentRange: `bytes ${range.start}-${range.end}/${info.size}` }),
    ContentType: input.ResponseContentType ?? info.contentType ?? 'binary/octet-stream',
    ContentEncoding: input.ResponseContentEncoding ?? info.contentEncoding,
    CacheControl: input.ResponseCacheControl ?? info.cacheControl,
    ContentDisposition: input.ResponseContentDisposition ?? info.contentDisposition,
    ContentLanguage: input.ResponseContentLanguage ?? info.contentLanguage,
    Expires: input.ResponseExpires,
    Metadata: info.metadata,
    ...(input.PartNumber !== undefined && info.partSizes && { PartsCount: info.partSizes.length }),
    // The checksum is that of the whole: with a part it would look wrong.
    ...(input.ChecksumMode === 'ENABLED' && range === undefined && objectChecksumMembers(info.checksum)),
  };
}
