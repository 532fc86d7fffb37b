import type { StopTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { enter, messages } from '../../../controllers/training-jobs/transitions.ts';
import type { ServerResources } from '../../../resources.ts';
import { notFound, wrongState } from '../errors.ts';
import { hasEnded } from './types.ts';

/**
 * Says Stopping at once; the controller then ends the program. Stopping twice is stopping once.
 * Thrown when there is no such job, or when it has ended: of a stop and an end at the same moment exactly one is first.
 */
export async function stopTrainingJob(
  { store, clock }: ServerResources,
  { TrainingJobName }: StopTrainingJobRequest,
): Promise<Record<string, never>> {
  const found = await store.update('training-job', TrainingJobName, (job) => {
    if (hasEnded(job)) throw wrongState.finishedJob('training job', job.status.status);
    if (job.status.status === 'Stopping') return undefined;
    const now = clock.now();
    const at = now.toISOString();
    const status = { ...enter(job.status, 'Stopping', messages.stopping, at), status: 'Stopping' as const };
    return { spec: { ...job.spec, stopRequestedAt: at }, status, phase: status.status, due: now };
  });
  if (found === undefined) throw notFound.trainingJob();
  return {};
}
