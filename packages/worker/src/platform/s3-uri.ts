import { DataError } from '../data-error.ts';

export interface S3Location {
  readonly bucket: string;
  /** Key or prefix; may be empty. */
  readonly key: string;
}

/** Takes `s3://bucket/key` apart. Thrown when it is no such address: `DataError`. */
export function parseS3Uri(uri: string): S3Location {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri) ?? [];
  if (bucket === undefined) throw new DataError(`"${uri}" is no S3 address: it has the form s3://bucket/key`);
  return { bucket, key };
}
