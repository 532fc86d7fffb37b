import type { S3Operations } from '@rung/wire/types/s3';
import type { ListObjectsPage, ListObjectsQuery } from '../../objects/object-store.ts';
import type { Handlers } from '../service.ts';
import { ownerOf } from './buckets.ts';
import { checksumType } from './checksums.ts';
import { refuse } from './errors.ts';
import type { S3Resources } from './index.ts';
import { quoted } from './objects.ts';
import { present } from './present.ts';
import { nameEncoder } from './url-encoding.ts';

const MAX_KEYS = 1000;

export function listingHandlers({ objects }: S3Resources): Handlers<S3Operations> {
  const list = async (bucket: string, query: ListObjectsQuery, limit: number): Promise<ListObjectsPage> => {
    if (limit > 0) return objects.list(bucket, { ...query, limit });
    await objects.list(bucket, { limit: 1 });
    return { objects: [], commonPrefixes: [] };
  };
  return {
    async ListObjects(input, context) {
      const { Bucket, Prefix = '', Delimiter, Marker = '', EncodingType } = input;
      const encode = nameEncoder(EncodingType);
      const MaxKeys = pageSize(input.MaxKeys);
      const page = await list(
        Bucket,
        present({ prefix: Prefix, delimiter: Delimiter, startAfter: afterMarker(Marker, Prefix, Delimiter) }),
        MaxKeys,
      );
      const last = [page.objects.at(-1)?.key ?? '', page.commonPrefixes.at(-1) ?? ''].reduce(later);
      return {
        ...pageMembers(page, encode, ownerOf(context)),
        Name: Bucket,
        Prefix: encode(Prefix),
        Marker: encode(Marker),
        MaxKeys,
        Delimiter: Delimiter && encode(Delimiter),
        EncodingType,
        // As in S3: without a delimiter the last key of the page is the next marker, and clients know.
        ...(page.next !== undefined && Delimiter !== undefined && { NextMarker: encode(last) }),
      };
    },

    async ListObjectsV2(input, context) {
      const { Bucket, Prefix = '', Delimiter, StartAfter, ContinuationToken, EncodingType } = input;
      const encode = nameEncoder(EncodingType);
      const MaxKeys = pageSize(input.MaxKeys);
      if (ContinuationToken === '')
        throw refuse.invalidArgument('The continuation token provided is incorrect', 'continuation-token');
      const query = present({ prefix: Prefix, delimiter: Delimiter, startAfter: StartAfter, token: ContinuationToken });
      const page = await list(Bucket, query, MaxKeys);
      return {
        ...pageMembers(page, encode, input.FetchOwner === true ? ownerOf(context) : undefined),
        Name: Bucket,
        Prefix: encode(Prefix),
        MaxKeys,
        KeyCount: page.objects.length + page.commonPrefixes.length,
        Delimiter: Delimiter && encode(Delimiter),
        EncodingType,
        ContinuationToken,
        NextContinuationToken: page.next,
        StartAfter: StartAfter && encode(StartAfter),
      };
    },
  };
}

function pageMembers(
  page: ListObjectsPage,
  encode: (name: string) => string,
  owner: ReturnType<typeof ownerOf> | undefined,
) {
  return {
    IsTruncated: page.next !== undefined,
    Contents: page.objects.map(({ key, modifiedAt, etag, size, checksum }) => ({
      Key: encode(key),
      LastModified: modifiedAt,
      ETag: quoted(etag),
      Size: size,
      StorageClass: 'STANDARD' as const,
      ...(checksum && { ChecksumAlgorithm: [checksum.algorithm], ChecksumType: checksumType(checksum) }),
      ...(owner && { Owner: owner }),
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

export function pageSize(asked = MAX_KEYS, name = 'max-keys'): number {
  if (asked < 0)
    throw refuse.invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, asked);
  return Math.min(asked, MAX_KEYS);
}

/** A marker that is a folded prefix stands for everything below it: such is NextMarker. No key sorts behind U+10FFFF. */
function afterMarker(marker: string, prefix: string, delimiter: string | undefined): string | undefined {
  if (marker === '') return undefined;
  if (delimiter === undefined || delimiter === '' || !marker.startsWith(prefix)) return marker;
  const folds = marker.indexOf(delimiter, prefix.length) === marker.length - delimiter.length;
  return folds ? `${marker}\u{10ffff}` : marker;
}

/** The later of two names in the order of listings, which is that of their UTF-8 bytes. */
function later(a: string, b: string): string {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) >= 0 ? a : b;
}
