/** What CreateTrainingJob refuses because the data, or the place for the results, is not there. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { inputMode } from '../../../controllers/training-jobs/channel-inputs.ts';
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
  const data = (request.InputDataConfig ?? []).flatMap((channel) => {
    const source = channel.DataSource.S3DataSource;
    const asFolder = inputMode(channel, request) === 'FastFile';
    return source === undefined ? [] : [{ uri: source.S3Uri, type: source.S3DataType, asFolder }];
  });
  return [
    ...(await missingBuckets(objects, places)),
    ...(await missingData(objects, data, { region, role: request.RoleArn })),
  ];
}
