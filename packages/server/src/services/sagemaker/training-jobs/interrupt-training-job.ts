import type { ServerResources } from '../../../resources.ts';
import { notFound, validationError, wrongState } from '../errors.ts';
import { hasEnded } from './types.ts';

/**
 * Takes the spot instances of a job away, as a cloud does that needs them elsewhere. AWS has no operation for it; the controller does the rest.
 * Thrown when there is no such job, or when it has no spot instances now.
 */
export async function interruptTrainingJob(
  { store, clock }: Pick<ServerResources, 'store' | 'clock'>,
  name: string,
): Promise<void> {
  const found = await store.update('training-job', name, (job) => {
    if (hasEnded(job)) throw wrongState.finishedJob('training job', job.status.status);
    if (job.spec.request.EnableManagedSpotTraining !== true) {
      throw validationError(
        `Training job ${name} does not run on Spot instances, so nobody takes them away. Create it with EnableManagedSpotTraining.`,
      );
    }
    const { attempt, status, secondaryStatus, launchedAt, interruptedAt } = job.status;
    if (status !== 'InProgress' || launchedAt === undefined || interruptedAt !== undefined) {
      throw validationError(
        `Training job ${name} has no instances that could be taken away: it is ${secondaryStatus}. Try again when it is Training.`,
      );
    }
    const now = clock.now();
    return { spec: { ...job.spec, interrupt: { attempt, at: now.toISOString() } }, due: now };
  });
  if (found === undefined) throw notFound.trainingJob();
}
