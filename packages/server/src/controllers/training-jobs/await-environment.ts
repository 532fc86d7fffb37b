/** A job whose script runs in an environment that is not there yet: it waits in Starting, and says how far the environment is. */
import type { Workload } from '../../engines/workload.ts';
import type { ServerResources } from '../../resources.ts';
import type { TrainingJob } from '../../services/sagemaker/training-jobs/types.ts';
import { prepareEnvironment } from '../jobs/prepare-environment.ts';
import { waiterOf } from '../jobs/watch-jobs.ts';
import { type Change, finish, pollMs, write } from './steps.ts';
import { enter } from './transitions.ts';

/** What to write while the environment is made, or when it cannot be; `undefined` when the job can start. */
export async function awaitEnvironment(
  job: TrainingJob,
  { program, logs }: Workload,
  { clock, environments, logs: logStore }: ServerResources,
): Promise<Change | undefined> {
  const readiness = prepareEnvironment(program, waiterOf('training-job', job.name), environments);
  if (readiness.type === 'ready') return undefined;
  const now = clock.now();
  const at = now.toISOString();
  if (readiness.type === 'failed') return finish(job.status, { type: 'failed', at, reason: readiness.reason }, now);
  const next = enter(job.status, 'Starting', readiness.message, at);
  const due = new Date(now.getTime() + pollMs);
  if (next === job.status) return { due };
  const [stream] = logs.streams;
  if (stream !== undefined) await logStore.append(logs.group, stream, [{ timestamp: now, message: readiness.message }]);
  return write(next, due);
}
