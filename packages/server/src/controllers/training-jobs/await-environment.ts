/** A job whose script runs in an environment that is not there yet: it waits in Starting, and says how far the environment is. */
import type { Workload } from '../../engines/workload.ts';
import type { ServerResources } from '../../resources.ts';
import type { TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import { longestFailureReason } from './outcome.ts';
import { type Change, finish, pollMs, write } from './steps.ts';
import { enter } from './transitions.ts';

/** How the environments know a job. */
export function waiterOf(jobName: string): string {
  return `training-job/${jobName}`;
}

/** What to write while the environment is made, or when it cannot be; `undefined` when the job can start. Never waits itself. */
export async function awaitEnvironment(
  job: TrainingJob,
  { program, logs }: Workload,
  { clock, environments, logs: logStore }: ServerResources,
): Promise<Change | undefined> {
  if (program.type !== 'script') return undefined;
  const state = environments.prepare(program.environment, waiterOf(job.name));
  if (state.type === 'ready') return undefined;
  const now = clock.now();
  const at = now.toISOString();
  if (state.type === 'failed')
    return finish(job.status, { type: 'failed', at, reason: shorten(`InternalServerError: ${state.reason}`) }, now);
  const message = `Preparing environment ${program.environment.name}: ${state.progress.step}`;
  const next = enter(job.status, 'Starting', message, at);
  const due = new Date(now.getTime() + pollMs);
  if (next === job.status) return { due };
  const [stream] = logs.streams;
  if (stream !== undefined) await logStore.append(logs.group, stream, [{ timestamp: now, message }]);
  return write(next, due);
}

/** An installer says what is wrong in its last lines, so the middle goes. */
function shorten(reason: string): string {
  if (reason.length <= longestFailureReason) return reason;
  const head = reason.slice(0, 160);
  return `${head} … ${reason.slice(-(longestFailureReason - head.length - 3))}`;
}
