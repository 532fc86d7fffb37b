import type { DeleteProcessingJobRequest } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import { notFound, wrongState } from '../errors.ts';
import { hasEnded, workloadId } from './types.ts';

/** Forgets a job that has ended; its outputs and its logs stay. Thrown when there is no such job, or when it still runs. */
export async function deleteProcessingJob(
  { store, engines }: ServerResources,
  { ProcessingJobName }: DeleteProcessingJobRequest,
): Promise<Record<string, never>> {
  const job = await store.get('processing-job', ProcessingJobName);
  if (job === undefined) throw notFound.processingJob();
  if (!hasEnded(job)) throw wrongState.runningJob('processing job', job.status.status);
  // Before the row goes: the controller may not have come to clear it away.
  await engines.byName.get(job.spec.engine)?.remove(workloadId(job.name, job.status.attempt));
  if (!(await store.remove('processing-job', ProcessingJobName))) throw notFound.processingJob();
  return {};
}
