/** What CreateTrainingJob refuses because the data, or the place for the results, is not there. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { parseS3Uri } from '../s3-uri.ts';

/** Expects URIs of the right form. */
export async function checkData(
  request: CreateTrainingJobRequest,
  objects: ObjectStore,
  region: string,
): Promise<string[]> {
  const places: [string, string][] = [['OutputDataConfig.S3OutputPath', request.OutputDataConfig.S3OutputPath]];
  if (request.CheckpointConfig !== undefined) places.push(['CheckpointConfig.S3Uri', request.CheckpointConfig.S3Uri]);
  const problems: string[] = [];
  for (const [member, uri] of places) {
    const bucket = parseS3Uri(uri)?.bucket ?? '';
    if (!(await bucketExists(objects, bucket))) {
      problems.push(
        `The bucket "${bucket}" of ${member} does not exist. Create it, e.g. with "aws s3 mb s3://${bucket}", and try again.`,
      );
    }
  }
  for (const { DataSource } of request.InputDataConfig ?? []) {
    const source = DataSource.S3DataSource;
    const address = source && parseS3Uri(source.S3Uri);
    if (source === undefined || address === undefined || (await exists(objects, address, source.S3DataType))) continue;
    problems.push(nothingFound(source.S3Uri, address.bucket, region, request.RoleArn));
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
  return first !== undefined && (type !== 'ManifestFile' || first.key === key);
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
