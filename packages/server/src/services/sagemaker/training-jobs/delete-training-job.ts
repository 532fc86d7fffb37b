import type { DeleteTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound, validationError, wrongState } from '../errors.ts';
import { hasEnded, workloadId } from './types.ts';

/** Forgets a job that has ended; its artifacts and its logs stay. Thrown when there is no such job, or when it still runs. */
export async function deleteTrainingJob(
  { store, engines }: ServerResources,
  { TrainingJobName }: DeleteTrainingJobRequest,
): Promise<Record<string, never>> {
  const job = await store.get('training-job', TrainingJobName);
  if (job === undefined) throw notFound.trainingJob();
  if (!hasEnded(job)) throw wrongState.runningJob('training job', job.status.status);
  if (job.status.warmPool?.status === 'Available') {
    throw validationError(
      `The warm pool of training job ${TrainingJobName} is Available. Give it up first: UpdateTrainingJob with KeepAlivePeriodInSeconds 0.`,
    );
  }
  // Before the row goes: the controller may not have come to clear it away.
  await engines.byName.get(job.spec.engine)?.remove(workloadId(job.name, job.status.attempt));
  if (!(await store.remove('training-job', TrainingJobName))) throw notFound.trainingJob();
  return {};
}
