/** What Create refuses because the data of a job, or the place for its results, is not there. */
import type { ObjectStore } from '../../objects/object-store.ts';
import { parseS3Uri } from './s3-uri.ts';

/** The buckets that are not there, of these members with their URIs. Expects URIs of the right form. */
export async function missingBuckets(
  objects: ObjectStore,
  places: readonly (readonly [member: string, uri: string])[],
): Promise<string[]> {
  const problems: string[] = [];
  for (const [member, uri] of places) {
    const bucket = parseS3Uri(uri)?.bucket ?? '';
    if (!(await bucketExists(objects, bucket))) {
      problems.push(
        `The bucket "${bucket}" of ${member} does not exist. Create it, e.g. with "aws s3 mb s3://${bucket}", and try again.`,
      );
    }
  }
  return problems;
}

export interface DataPlace {
  readonly uri: string;
  /** `S3Prefix`, or a manifest, which is one object. */
  readonly type: string;
  /** Whether only a whole folder will do, as in FastFile mode. Default: any key that begins with the prefix. */
  readonly asFolder?: boolean;
}

/** The places without any object. Expects URIs of the right form. */
export async function missingData(
  objects: ObjectStore,
  places: readonly DataPlace[],
  { region, role }: { readonly region: string; readonly role: string },
): Promise<string[]> {
  const problems: string[] = [];
  for (const { uri, type, asFolder = false } of places) {
    const address = parseS3Uri(uri);
    if (address === undefined) continue;
    const slash = asFolder && address.key !== '' && !address.key.endsWith('/') ? '/' : '';
    if (await exists(objects, { ...address, key: address.key + slash }, type)) continue;
    const hint = asFolder ? ' FastFile mode reads whole folders: name one, or use File mode for a single object.' : '';
    problems.push(nothingFound(uri, address.bucket, region, role) + hint);
  }
  return problems;
}

async function exists(
  objects: ObjectStore,
  { bucket, key }: { bucket: string; key: string },
  type: string,
): Promise<boolean> {
  if (!(await bucketExists(objects, bucket))) return false;
  const page = await objects.list(bucket, { prefix: key, limit: 1 });
  const first = page.objects[0];
  // A manifest is one object of exactly this key, which then is the first one with this prefix.
  return first !== undefined && (type === 'S3Prefix' || first.key === key);
}

async function bucketExists(objects: ObjectStore, bucket: string): Promise<boolean> {
  return bucket !== '' && (await objects.headBucket(bucket)) !== undefined;
}

/** SageMaker's own sentence. */
function nothingFound(uri: string, bucket: string, region: string, role: string): string {
  return (
    `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region ` +
    `(${region}), that objects exist under that S3 prefix, and that the role "${role}" has "s3:ListBucket" permissions on bucket "${bucket}".`
  );
}
