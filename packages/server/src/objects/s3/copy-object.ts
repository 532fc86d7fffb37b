import type { S3 } from '@aws-sdk/client-s3';
import type { ObjectInfo, PutOptions } from '../object-store.ts';
import { bareEtag, conditions, described } from './description.ts';

/** What one call copies at most, in S3. */
const WHOLE_BYTES = 5 * 2 ** 30;
const PART_BYTES = 2 ** 30;

interface Address {
  readonly Bucket: string;
  readonly Key: string;
}

/** Copies within the other store: nothing passes through here. Answers what the copy is, where that is known without asking. */
export async function copyObject(
  s3: S3,
  { info, ...from }: Address & { readonly info: ObjectInfo },
  to: Address,
  options: PutOptions | undefined,
): Promise<ObjectInfo | undefined> {
  const CopySource = `${from.Bucket}/${encodeURIComponent(from.Key)}`;
  const algorithm = options?.checksum?.algorithm;
  if (info.size <= WHOLE_BYTES) {
    const { CopyObjectResult: { ETag, LastModified } = {} } = await s3.copyObject({
      ...to,
      CopySource,
      ...(options === undefined ? {} : { MetadataDirective: 'REPLACE', ...described(options) }),
      ...(algorithm !== undefined && { ChecksumAlgorithm: algorithm }),
      ...(options?.ifMatch !== undefined && conditions(options)),
    });
    if (options !== undefined || ETag === undefined || LastModified === undefined) return undefined;
    return { ...info, etag: bareEtag(ETag), modifiedAt: LastModified };
  }
  const { UploadId } = await s3.createMultipartUpload({
    ...to,
    ...described(options ?? info),
    ...(algorithm !== undefined && { ChecksumAlgorithm: algorithm }),
  });
  const upload = { ...to, UploadId };
  try {
    const Parts: { PartNumber: number; ETag?: string }[] = [];
    for (let at = 0; at < info.size; at += PART_BYTES) {
      const PartNumber = Parts.length + 1;
      const CopySourceRange = `bytes=${at}-${Math.min(at + PART_BYTES, info.size) - 1}`;
      const { CopyPartResult: { ETag, ...sums } = {} } = await s3.uploadPartCopy({
        ...upload,
        PartNumber,
        CopySource,
        CopySourceRange,
        CopySourceIfMatch: info.etag,
      });
      const { LastModified: _, ...checksums } = sums as typeof sums & { LastModified?: Date };
      Parts.push({ PartNumber, ...(ETag !== undefined && { ETag }), ...checksums });
    }
    await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts }, ...(options && conditions(options)) });
    return undefined;
  } catch (error) {
    await s3.abortMultipartUpload(upload).catch(() => undefined); // what went wrong first is what counts
    throw error;
  }
}
