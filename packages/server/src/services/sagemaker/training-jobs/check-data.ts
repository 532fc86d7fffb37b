/** What CreateTrainingJob refuses because the data, or the place for the results, is not there. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { ObjectStore } from '../../../objects/object-store.ts';
import { missingBuckets, missingData } from '../check-places.ts';

/** Expects URIs of the right form. */
export async function checkData(
  request: CreateTrainingJobRequest,
  objects: ObjectStore,
  region: string,
): Promise<string[]> {
  const places: [string, string][] = [['OutputDataConfig.S3OutputPath', request.OutputDataConfig.S3OutputPath]];
  if (request.CheckpointConfig !== undefined) places.push(['CheckpointConfig.S3Uri', request.CheckpointConfig.S3Uri]);
  const data = (request.InputDataConfig ?? []).flatMap(({ DataSource: { S3DataSource: source } }) =>
    source === undefined ? [] : [{ uri: source.S3Uri, type: source.S3DataType }],
  );
  return [
    ...(await missingBuckets(objects, places)),
    ...(await missingData(objects, data, { region, role: request.RoleArn })),
  ];
}
