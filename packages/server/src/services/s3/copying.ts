import type { CopyObjectRequest, S3Operations, UploadPartCopyRequest } from '@rung/wire/types/s3';
import { checkReadConditions } from '../../objects/conditions.ts';
import type { ObjectAddress, ObjectInfo, PutOptions } from '../../objects/object-store.ts';
import type { Handlers } from '../service.ts';
import { checksumMembers, objectChecksumMembers, supportedAlgorithm } from './checksums.ts';
import { refuse } from './errors.ts';
import type { S3Resources } from './index.ts';
import { quoted } from './objects.ts';
import { present } from './present.ts';
import { descriptionOptions, writeConditions } from './write-options.ts';

export function copyingHandlers({ objects }: S3Resources): Handlers<S3Operations> {
  return {
    async CopyObject(input) {
      const from = parseCopySource(input.CopySource);
      const to = { bucket: input.Bucket, key: input.Key };
      const replaces = input.MetadataDirective === 'REPLACE';
      if (from.bucket === to.bucket && from.key === to.key && !replaces) throw copyToItself();
      const source = await objects.head(from.bucket, from.key);
      checkReadConditions(source, sourceConditions(input));
      const info = await objects.copy(from, to, copyOptions(input, source, replaces));
      return {
        CopyObjectResult: {
          ETag: quoted(info.etag),
          LastModified: info.modifiedAt,
          ...objectChecksumMembers(info.checksum),
        },
      };
    },

    async UploadPartCopy(input) {
      const from = parseCopySource(input.CopySource);
      const { CopySourceRange: range } = input;
      if (range !== undefined && !/^bytes=\d+-\d+$/.test(range)) {
        throw refuse.invalidArgument(
          'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
          'x-amz-copy-source-range',
          range,
        );
      }
      const { body } = await objects.get(from.bucket, from.key, { ...sourceConditions(input), ...present({ range }) });
      try {
        const upload = { bucket: input.Bucket, key: input.Key, uploadId: input.UploadId };
        const part = await objects.multipart.putPart(upload, input.PartNumber, body);
        return {
          CopyPartResult: { ETag: quoted(part.etag), LastModified: part.modifiedAt, ...checksumMembers(part.checksum) },
        };
      } finally {
        body.destroy();
      }
    },
  };
}

/** `bucket/key` or `/bucket/key`, percent-encoded, perhaps with `?versionId=null` behind. */
function parseCopySource(source: string): ObjectAddress {
  const [path = '', version] = source.split('?versionId=');
  if (version !== undefined && version !== 'null')
    throw refuse.invalidArgument('Invalid version id specified', 'x-amz-copy-source', source);
  const invalid = refuse.invalidArgument('Invalid copy source object key', 'x-amz-copy-source', source);
  try {
    const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(path)) ?? [];
    if (bucket === undefined || key === undefined) throw invalid;
    return { bucket, key };
  } catch {
    throw invalid;
  }
}

function sourceConditions(input: CopyObjectRequest | UploadPartCopyRequest) {
  return present({
    ifMatch: input.CopySourceIfMatch,
    ifNoneMatch: input.CopySourceIfNoneMatch,
    ifModifiedSince: input.CopySourceIfModifiedSince,
    ifUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  });
}

function copyOptions(input: CopyObjectRequest, source: ObjectInfo, replaces: boolean): PutOptions {
  const algorithm = supportedAlgorithm(input.ChecksumAlgorithm);
  const { contentType, contentEncoding, cacheControl, contentDisposition, contentLanguage, metadata } = source;
  const kept = present({ contentType, contentEncoding, cacheControl, contentDisposition, contentLanguage, metadata });
  const described = replaces ? descriptionOptions(input) : kept;
  return { ...described, ...writeConditions(input), ...(algorithm && { checksum: { algorithm } }) };
}

function copyToItself() {
  return refuse.invalidRequest(
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}
