import { hasEnded, type TrainingJob, workloadId } from '../../services/sagemaker/training-jobs/types.ts';
import { prepareWorkload } from './prepare-workload.ts';
import { type Change, engineOf, finish, pollMs, type StepContext, write } from './steps.ts';
import { enter, messages } from './transitions.ts';

/** A waiting job is looked at now and then even if nobody wakes it. */
const waitMs = 30_000;

/** Starting, Pending and Restarting: the job has no workload yet. It waits for its turn, then the engine takes it. */
export async function starting(job: TrainingJob, { resources, slots, signal }: StepContext): Promise<Change> {
  const { clock, objects } = resources;
  const now = clock.now();
  const at = now.toISOString();
  if (!slots.tryTake(job.name, job.createdAt)) {
    const pending = enter(
      job.status,
      'Pending',
      `Waiting for a free slot: ${slots.limit} jobs run at the same time on this machine`,
      at,
    );
    return write(pending, new Date(now.getTime() + waitMs));
  }
  const engine = engineOf(job, resources);
  const { attempt } = job.status;
  // What is left of the lost attempt must not run beside the new one.
  if (attempt > 1) await engine.remove(workloadId(job.name, attempt - 1));
  const planned = { request: job.spec.request, arn: job.arn, createdAt: job.createdAt, attempt };
  const preparation = await prepareWorkload(planned, engine, objects);
  // Create asked the same, so this says that the machine or Rung changed since.
  if (preparation.type === 'refusal')
    return finish(job.status, { type: 'failed', at, reason: `ClientError: ${preparation.message}` }, now);
  // Another controller may have the job by now.
  if (signal.aborted) return {};
  await engine.start(preparation.workload);
  const launching = enter(job.status, 'Starting', messages.launching, at);
  return write({ ...launching, launchedAt: at }, new Date(now.getTime() + pollMs));
}

/** Undoes a start whose answer was dropped because the job ended meanwhile. */
export async function startWasDropped(
  job: TrainingJob,
  { resources, slots }: Omit<StepContext, 'signal'>,
): Promise<void> {
  const current = await resources.store.get('training-job', job.name);
  if (current !== undefined && !hasEnded(current)) return;
  await engineOf(job, resources).remove(workloadId(job.name, job.status.attempt));
  slots.leave(job.name);
}
