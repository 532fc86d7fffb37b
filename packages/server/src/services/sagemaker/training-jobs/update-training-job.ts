import type { UpdateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound, validationError } from '../errors.ts';

/** Always thrown: what UpdateTrainingJob changes on AWS does not exist here. */
export async function updateTrainingJob(
  { store }: ServerResources,
  { TrainingJobName }: UpdateTrainingJobRequest,
): Promise<never> {
  if ((await store.get('training-job', TrainingJobName)) === undefined) throw notFound.trainingJob();
  throw validationError(
    'UpdateTrainingJob changes the profiler, the warm pool and remote debugging of a running job, and none of them is implemented. The job is as it was.',
  );
}
