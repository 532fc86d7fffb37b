/** Opens an S3ObjectStore at an address, for tests; also how the child of the crash test opens that of its parent. */
import { S3 } from '@aws-sdk/client-s3';
import { S3ObjectStore } from '../s3/s3-object-store.ts';

export interface S3Address {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export function openStore({ endpoint, ...credentials }: S3Address, bucketPrefix = ''): S3ObjectStore {
  const region = 'us-east-1';
  const client = new S3({
    endpoint,
    credentials,
    region,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // The contract suite asks for a thousand things at once.
    requestHandler: { socketAcquisitionWarningTimeout: 60_000 },
  });
  return new S3ObjectStore({ client, bucketPrefix, region });
}

/** @param address an {@link S3Address} as JSON */
export async function open(address: string): Promise<S3ObjectStore> {
  return openStore(JSON.parse(address) as S3Address); // written by the test
}
