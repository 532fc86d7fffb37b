import type { UpdateTrainingJobRequest, UpdateTrainingJobResponse } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound, validationError } from '../errors.ts';
import { hasEnded, type TrainingJobSpec } from './types.ts';

/**
 * Changes how long the instances of a job are kept when it has ended; 0 gives up a warm pool that is Available.
 * Thrown when there is no such job, when nothing is kept, and for what cannot be changed here.
 */
export async function updateTrainingJob(
  { store, clock }: ServerResources,
  { TrainingJobName: name, ResourceConfig: config, ...others }: UpdateTrainingJobRequest,
): Promise<UpdateTrainingJobResponse> {
  const found = await store.update('training-job', name, (job) => {
    const other = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
    if (other !== undefined) {
      throw validationError(
        `UpdateTrainingJob changes ${other}, which is not implemented. Only ResourceConfig.KeepAlivePeriodInSeconds can be changed; the job is as it was.`,
      );
    }
    const seconds = config?.KeepAlivePeriodInSeconds;
    if (seconds === undefined) return undefined;
    if (hasEnded(job) && job.status.warmPool?.status !== 'Available') {
      throw validationError(`The warm pool of training job ${name} is not Available, so its KeepAlivePeriod stays.`);
    }
    const { ResourceConfig, ...request } = job.spec.request;
    if (!hasEnded(job) && job.spec.request.EnableManagedSpotTraining === true && seconds > 0)
      throw validationError('Warm pools are not for Spot instances. Leave out KeepAlivePeriodInSeconds.');
    const spec: TrainingJobSpec = {
      ...job.spec,
      request: { ...request, ResourceConfig: { ...ResourceConfig, KeepAlivePeriodInSeconds: seconds } },
    };
    return { spec, due: clock.now() };
  });
  if (found === undefined) throw notFound.trainingJob();
  return { TrainingJobArn: found.arn };
}
