import type { ProcessingJob } from '../../services/sagemaker/processing-jobs/types.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { outcomeOf } from '../jobs/outcome.ts';
import { type Change, currentWorkload, finish, memoryOf, observe, pollMs, type StepContext, write } from './steps.ts';

/**
 * Stopping: the user or the limit asked the job to end. It ends as the engine says: a program that was done before the signal reached it is
 * Completed, and what it stored is kept either way.
 */
export async function stopping(job: ProcessingJob, { resources }: StepContext): Promise<Change> {
  const now = resources.clock.now();
  const engine = engineOf(job, resources);
  const id = currentWorkload(job);
  const observed = await engine.inspect(id);
  // It waited for its slot, or the engine lost it: nothing is left to stop.
  if (observed === undefined) return finish(job.status, { type: 'stopped', at: now.toISOString() }, now);

  const state = observe(job.status, observed.instances);
  const outcome = outcomeOf(observed.instances, memoryOf(job));
  if (outcome?.type === 'lost') return finish(state, { type: 'stopped', at: outcome.at }, now);
  if (outcome !== undefined) return finish(state, outcome, now);
  await engine.stop(id);
  const due = new Date(now.getTime() + pollMs);
  return state === job.status ? { due } : write(state, due);
}
