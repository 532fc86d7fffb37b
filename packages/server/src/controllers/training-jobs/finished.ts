import type { TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { type Change, currentWorkload, type StepContext } from './steps.ts';
import { poolEnd, secondsSince } from './warm-pools.ts';

/**
 * Completed, Failed and Stopped: clears the workload away and lets the next job have its slot. What the job keeps of its instances for others
 * stays until it is taken or its time is up; of the status nothing else is written again.
 */
export async function finished(job: TrainingJob, { resources, slots, pools }: StepContext): Promise<Change> {
  const engine = engineOf(job, resources);
  const { warmPool } = job.status;
  if (warmPool === undefined) {
    await engine.remove(currentWorkload(job));
    slots.leave(job.name);
    const keeps = (job.spec.request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0) > 0;
    if (!keeps) return { due: null };
    if (job.status.warmedBy === undefined && !(await engine.retained()).includes(job.name)) return { due: null };
    if (!(await engine.retained()).includes(job.name))
      return { status: { ...job.status, warmPool: { status: 'Terminated', retainedSeconds: 0 } }, due: null };
    const since = resources.clock.now();
    return { status: { ...job.status, warmPool: { status: 'Available', since: since.toISOString() } }, due: since };
  }
  if (warmPool.status !== 'Available') return { due: null };
  const now = resources.clock.now();
  const end = poolEnd(job, warmPool.since);
  if (now.getTime() < end) {
    pools.offer(job);
    return { due: new Date(end) };
  }
  pools.withdraw(job.name);
  await engine.discard(job.name);
  const retainedSeconds = secondsSince(warmPool.since, now);
  return { status: { ...job.status, warmPool: { status: 'Terminated', retainedSeconds } }, due: null };
}
