import { type ServiceClient, WireError } from '@rung/wire';
import type { S3Operations } from '@rung/wire/types/s3';

/** Makes the bucket unless it is there. Two programs that do so at once are no error. */
export async function ensureBucket(s3: ServiceClient<S3Operations>, bucket: string, region: string): Promise<void> {
  try {
    await s3.call('HeadBucket', { Bucket: bucket });
  } catch (error) {
    if (!(error instanceof WireError) || error.status !== 404) throw error;
    await createBucket(s3, bucket, region);
  }
}

async function createBucket(s3: ServiceClient<S3Operations>, bucket: string, region: string): Promise<void> {
  try {
    // us-east-1 is the one region that S3 refuses to hear named.
    await s3.call('CreateBucket', {
      Bucket: bucket,
      ...(region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }),
    });
  } catch (error) {
    if (!(error instanceof WireError) || error.code !== 'BucketAlreadyOwnedByYou') throw error;
  }
}
