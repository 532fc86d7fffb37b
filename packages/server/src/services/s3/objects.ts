import type { S3Operations } from '@rung/wire/types/s3';
import { WireError } from '@rung/wire';
import { ObjectStoreError } from '../../objects/object-store-error.ts';
import type { Handlers } from '../service.ts';
import { ownersAcl } from './buckets.ts';
import { objectChecksumMembers, requestedChecksum } from './checksums.ts';
import { refuse, toWireError } from './errors.ts';
import type { S3Resources } from './index.ts';
import { present } from './present.ts';
import { descriptionOptions, md5Hex, writeConditions } from './write-options.ts';

const MAX_DELETES = 1000;
/** Deletes of one request that are under way at the same time: they share the flushes of the disk. */
const PARALLEL_DELETES = 32;

/** Writing and removing objects. */
export function objectHandlers({ objects }: S3Resources): Handlers<S3Operations> {
  return {
    async PutObject(input, context) {
      const checksum = requestedChecksum(input, context);
      const options = {
        ...descriptionOptions(input),
        ...writeConditions(input),
        ...md5Hex(input.ContentMD5),
        ...present({ checksum }),
      };
      const info = await objects.put(input.Bucket, input.Key, input.Body ?? new Uint8Array(), options);
      return { ETag: quoted(info.etag), ...objectChecksumMembers(info.checksum) };
    },

    async DeleteObject({ Bucket, Key, IfMatch }) {
      if (IfMatch !== undefined) await requireMatch(Bucket, Key, IfMatch);
      await objects.delete(Bucket, Key);
      return {};
    },

    async DeleteObjects({ Bucket, Delete: { Objects, Quiet = false } }) {
      if (Objects.length === 0 || Objects.length > MAX_DELETES) throw refuse.malformedXml();
      if ((await objects.headBucket(Bucket)) === undefined)
        throw new ObjectStoreError('NoSuchBucket', 'The specified bucket does not exist', { BucketName: Bucket });
      const failed = new Map<string, WireError>();
      const queue = Objects.values();
      const removeAll = async (): Promise<void> => {
        for (const { Key } of queue) {
          try {
            await objects.delete(Bucket, Key);
          } catch (error) {
            const refusal = toWireError(error);
            if (!(refusal instanceof WireError)) throw error;
            failed.set(Key, refusal);
          }
        }
      };
      await Promise.all(Array.from({ length: PARALLEL_DELETES }, removeAll));
      const deleted = Objects.filter(({ Key }) => !failed.has(Key)).map(({ Key }) => ({ Key }));
      return {
        Deleted: Quiet ? [] : deleted,
        Errors: [...failed].map(([Key, { code, message }]) => ({ Key, Code: code, Message: message })),
      };
    },

    // Asked by clients that copy objects with all that belongs to them.
    async GetObjectTagging({ Bucket, Key }) {
      await objects.head(Bucket, Key);
      return { TagSet: [] };
    },

    async GetObjectAcl({ Bucket, Key }, context) {
      await objects.head(Bucket, Key);
      return ownersAcl(context);
    },
  };

  async function requireMatch(bucket: string, key: string, ifMatch: string): Promise<void> {
    const { etag } = await objects.head(bucket, key);
    const wanted = ifMatch.replaceAll('"', '');
    if (wanted !== '*' && wanted !== etag) {
      throw new ObjectStoreError(
        'PreconditionFailed',
        'At least one of the pre-conditions you specified did not hold',
        { Condition: 'If-Match' },
      );
    }
  }
}

/** ETags travel in quotes. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}
