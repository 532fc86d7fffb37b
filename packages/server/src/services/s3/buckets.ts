import type { S3Operations, BucketLocationConstraint } from '@rung/wire/types/s3';
import { noSuchBucket, ObjectStoreError } from '../../objects/object-store-error.ts';
import type { Handlers, RequestContext } from '../service.ts';
import type { S3Resources } from './index.ts';

export function bucketHandlers({ objects, config }: S3Resources): Handlers<S3Operations> {
  const requireBucket = async (bucket: string): Promise<void> => {
    if ((await objects.headBucket(bucket)) === undefined) throw noSuchBucket(bucket);
  };
  return {
    async ListBuckets({ Prefix = '', MaxBuckets, ContinuationToken = '' }, context) {
      const after = Buffer.from(ContinuationToken, 'base64url').toString();
      const all = (await objects.listBuckets()).filter(({ name }) => name.startsWith(Prefix) && name > after);
      const page = all.slice(0, MaxBuckets);
      const last = page.at(-1);
      return {
        Buckets: page.map(({ name, createdAt }) => ({
          Name: name,
          CreationDate: createdAt,
          BucketRegion: config.region,
        })),
        Owner: ownerOf(context),
        ...(Prefix !== '' && { Prefix }),
        ...(last !== undefined &&
          page.length < all.length && { ContinuationToken: Buffer.from(last.name).toString('base64url') }),
      };
    },

    // The region that the caller asks for is not looked at: there is one place, and programs come with that of their account.
    async CreateBucket({ Bucket }) {
      try {
        await objects.createBucket(Bucket);
      } catch (error) {
        // In its oldest region S3 makes one's own bucket twice without a word; programs that start together count on it.
        const there = error instanceof ObjectStoreError && error.code === 'BucketAlreadyExists';
        if (!there || config.region !== 'us-east-1') throw error;
      }
      return { Location: `/${Bucket}` };
    },

    async DeleteBucket({ Bucket }) {
      await objects.deleteBucket(Bucket);
      return {};
    },

    async HeadBucket({ Bucket }) {
      await requireBucket(Bucket);
      return { BucketRegion: config.region, AccessPointAlias: false };
    },

    async GetBucketLocation({ Bucket }) {
      await requireBucket(Bucket);
      // S3 says nothing for us-east-1. The region is the user's own, and may be none of AWS's.
      return config.region === 'us-east-1' ? {} : { LocationConstraint: config.region as BucketLocationConstraint };
    },

    async GetBucketVersioning({ Bucket }) {
      await requireBucket(Bucket);
      // Never switched on: S3 answers an empty document.
      return {};
    },

    async GetBucketAcl({ Bucket }, context) {
      await requireBucket(Bucket);
      return ownersAcl(context);
    },
  };
}

export function ownerOf({ account }: Pick<RequestContext, 'account'>): { ID: string; DisplayName: string } {
  // S3's canonical user id has 64 hexadecimal digits.
  return { ID: account.padStart(64, '0'), DisplayName: account };
}

/** Everything is the account's own. */
export function ownersAcl(context: Pick<RequestContext, 'account'>) {
  const Owner = ownerOf(context);
  return {
    Owner,
    Grants: [{ Grantee: { ...Owner, Type: 'CanonicalUser' as const }, Permission: 'FULL_CONTROL' as const }],
  };
}
