import { hasEnded, type TrainingJob, workloadId } from '../../services/sagemaker/training-jobs/types.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { awaitEnvironment } from './await-environment.ts';
import { maxWaitOf } from './deadline.ts';
import { prepareWorkload } from './prepare-workload.ts';
import { type Change, finish, pollMs, type StepContext, write } from './steps.ts';
import { enter, messages } from './transitions.ts';
import { claimPool } from './warm-pools.ts';

/** A waiting job is woken when its turn comes; it looks by itself only in case that was missed. */
const waitMs = 300_000;

/** Starting, Pending and Restarting: the job has no workload yet. It waits for its turn, then the engine takes it. */
export async function starting(job: TrainingJob, { resources, slots, pools, signal }: StepContext): Promise<Change> {
  const { clock, environments } = resources;
  const now = clock.now();
  const at = now.toISOString();
  const deadline = maxWaitOf(job);
  if (deadline <= now.getTime()) {
    const timedOut = { ...job.status, timeout: 'MaxWaitTimeExceeded' } as const;
    return finish(timedOut, { type: 'stopped', at }, now);
  }
  const engine = engineOf(job, resources);
  const { attempt, warmedBy } = job.status;
  const planned = { request: job.spec.request, arn: job.arn, createdAt: job.createdAt, attempt, warmedBy };
  const preparation = await prepareWorkload(planned, { engine, environments });
  // Create asked the same, so this says that the machine or Rung changed since.
  if (preparation.type === 'refusal')
    return finish(job.status, { type: 'failed', at, reason: `ClientError: ${preparation.message}` }, now);
  const waiting = await awaitEnvironment(job, preparation.workload, resources);
  if (waiting !== undefined) {
    // Others go first meanwhile: the build needs no slot.
    slots.leave(job.name);
    return waiting;
  }
  if (!slots.tryTake(job.name, job.createdAt)) return pending(job, slots.limit, now);
  if (warmedBy === undefined) {
    const owner = await claimPool(job, pools, resources);
    // Written down first: the next step starts with it.
    if (owner !== undefined) return write({ ...job.status, warmedBy: owner }, now);
  }
  // What is left of the lost attempt must not run beside the new one.
  if (attempt > 1) await engine.remove(workloadId(job.name, attempt - 1));
  // Another controller may have the job by now.
  if (signal.aborted) return {};
  await engine.start(preparation.workload);
  const launching = enter(job.status, 'Starting', messages.launching, at);
  return write({ ...launching, launchedAt: at }, new Date(now.getTime() + pollMs));
}

function pending(job: TrainingJob, slots: number, now: Date): Change {
  const at = now.toISOString();
  const longest = job.spec.request.StoppingCondition?.MaxPendingTimeInSeconds;
  const deadline = longest === undefined ? Number.POSITIVE_INFINITY : job.createdAt.getTime() + longest * 1000;
  // A job that has run already waits for its next instances, which is another matter.
  if (now.getTime() >= deadline && job.status.attempt === 1)
    return finish(job.status, { type: 'stopped', at, message: messages.pendingTooLong }, now);
  const message = `Waiting for a free slot: ${slots} jobs run at the same time on this machine`;
  const state = enter(job.status, 'Pending', message, at);
  const due = new Date(
    Math.min(now.getTime() + waitMs, job.status.attempt === 1 ? deadline : Number.POSITIVE_INFINITY, maxWaitOf(job)),
  );
  return state === job.status ? { due } : write(state, due);
}

/** Undoes a start whose answer was dropped because the job ended meanwhile. */
export async function startWasDropped(
  job: TrainingJob,
  { resources, slots }: Pick<StepContext, 'resources' | 'slots'>,
): Promise<void> {
  const current = await resources.store.get('training-job', job.name);
  if (current !== undefined && !hasEnded(current)) return;
  await engineOf(job, resources).remove(workloadId(job.name, job.status.attempt));
  slots.leave(job.name);
}
