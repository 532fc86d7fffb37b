import type { TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { type Change, currentWorkload, type StepContext } from './steps.ts';

/** Completed, Failed and Stopped: clears the workload away and lets the next job have its slot. The status is never written again. */
export async function finished(job: TrainingJob, { resources, slots }: StepContext): Promise<Change> {
  await engineOf(job, resources).remove(currentWorkload(job));
  slots.leave(job.name);
  return { due: null };
}
