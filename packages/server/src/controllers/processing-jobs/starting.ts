import type { Workload } from '../../engines/workload.ts';
import type { ServerResources } from '../../resources.ts';
import { hasEnded, type ProcessingJob, workloadId } from '../../services/sagemaker/processing-jobs/types.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { prepareEnvironment } from '../jobs/prepare-environment.ts';
import { waiterOf } from '../jobs/watch-jobs.ts';
import { prepareWorkload } from './prepare-workload.ts';
import { type Change, finish, pollMs, type StepContext, write } from './steps.ts';

/** A waiting job is woken when its turn comes; it looks by itself only in case that was missed. */
const waitMs = 300_000;

/** InProgress, without a workload yet: the job waits for its environment and its turn, then the engine takes it. */
export async function starting(job: ProcessingJob, { resources, slots, signal }: StepContext): Promise<Change> {
  const { clock, environments } = resources;
  const now = clock.now();
  const at = now.toISOString();
  const engine = engineOf(job, resources);
  const { attempt } = job.status;
  const planned = { request: job.spec.request, arn: job.arn, createdAt: job.createdAt, attempt };
  const preparation = prepareWorkload(planned, { engine, environments });
  // Create asked the same, so this says that the machine or Rung changed since.
  if (preparation.type === 'refusal')
    return finish(job.status, { type: 'failed', at, reason: `ClientError: ${preparation.message}` }, now);
  const { workload } = preparation;
  const readiness = prepareEnvironment(workload.program, waiterOf('processing-job', job.name), environments);
  if (readiness.type === 'failed') return finish(job.status, { type: 'failed', at, reason: readiness.reason }, now);
  if (readiness.type === 'building') {
    // Others go first meanwhile: the build needs no slot.
    slots.leave(job.name);
    return wait(job, readiness.message, pollMs, workload, resources);
  }
  if (!slots.tryTake(job.name, job.createdAt)) {
    const message = `Waiting for a free slot: ${slots.limit} jobs run at the same time on this machine`;
    return wait(job, message, waitMs, workload, resources);
  }
  // What is left of the lost attempt must not run beside the new one.
  if (attempt > 1) await engine.remove(workloadId(job.name, attempt - 1));
  // Another controller may have the job by now.
  if (signal.aborted) return {};
  await engine.start(workload);
  const { waitingFor: _waitingFor, ...rest } = job.status;
  return write({ ...rest, launchedAt: at }, new Date(now.getTime() + pollMs));
}

/** A processing job has no secondary status: what it waits for is said in its log, once. */
async function wait(
  { status }: ProcessingJob,
  message: string,
  againMs: number,
  { logs }: Workload,
  { clock, logs: logStore }: ServerResources,
): Promise<Change> {
  const now = clock.now();
  const due = new Date(now.getTime() + againMs);
  if (status.waitingFor === message) return { due };
  const [stream] = logs.streams;
  if (stream !== undefined) await logStore.append(logs.group, stream, [{ timestamp: now, message }]);
  return write({ ...status, waitingFor: message }, due);
}

/** Undoes a start whose answer was dropped because the job ended meanwhile. */
export async function startWasDropped(
  job: ProcessingJob,
  { resources, slots }: Omit<StepContext, 'signal'>,
): Promise<void> {
  const current = await resources.store.get('processing-job', job.name);
  if (current !== undefined && !hasEnded(current)) return;
  await engineOf(job, resources).remove(workloadId(job.name, job.status.attempt));
  slots.leave(job.name);
}
