import type { StopProcessingJobRequest } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound, wrongState } from '../errors.ts';
import { hasEnded } from './types.ts';

/**
 * Says Stopping at once; the controller then ends the program. Stopping twice is stopping once.
 * Thrown when there is no such job, or when it has ended: of a stop and an end at the same moment exactly one is first.
 */
export async function stopProcessingJob(
  { store, clock }: ServerResources,
  { ProcessingJobName }: StopProcessingJobRequest,
): Promise<Record<string, never>> {
  const found = await store.update('processing-job', ProcessingJobName, (job) => {
    if (hasEnded(job)) throw wrongState.finishedJob('processing job', job.status.status);
    if (job.status.status === 'Stopping') return undefined;
    const now = clock.now();
    const status = { ...job.status, status: 'Stopping' as const };
    return { spec: { ...job.spec, stopRequestedAt: now.toISOString() }, status, phase: status.status, due: now };
  });
  if (found === undefined) throw notFound.processingJob();
  return {};
}
