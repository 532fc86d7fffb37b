import { defaultMaxRuntimeSeconds, type ProcessingJob } from '../../services/sagemaker/processing-jobs/types.ts';
import { afterLoss, vanished } from '../jobs/after-loss.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { isFailing, type Outcome, outcomeOf } from '../jobs/outcome.ts';
import { type Change, currentWorkload, finish, memoryOf, observe, pollMs, type StepContext, write } from './steps.ts';

/** InProgress, launched: the engine has the job. It ends as its instances say, is stopped above its limit, and begins again when it was lost. */
export async function running(job: ProcessingJob, { resources }: StepContext): Promise<Change> {
  const now = resources.clock.now();
  const engine = engineOf(job, resources);
  const id = currentWorkload(job);
  const instances = (await engine.inspect(id))?.instances ?? vanished(now);
  const state = observe(job.status, instances);

  const outcome = outcomeOf(instances, memoryOf(job));
  if (outcome?.type === 'lost') return again(state, outcome, now);
  if (outcome !== undefined) return finish(state, outcome, now);

  const deadline = deadlineOf(job, state.startTime);
  if (isFailing(instances)) await engine.stop(id, { abandon: true });
  else if (deadline <= now.getTime()) {
    await engine.stop(id);
    return write({ ...state, status: 'Stopping', timedOut: true }, new Date(now.getTime() + pollMs));
  }
  const due = new Date(Math.min(now.getTime() + pollMs, deadline));
  return state === job.status ? { due } : write(state, due);
}

function again(state: ProcessingJob['status'], lost: Extract<Outcome, { type: 'lost' }>, now: Date): Change {
  const next = afterLoss(state, lost.detail);
  if (next.type === 'fail') return finish(state, { type: 'failed', at: lost.at, reason: next.reason }, now);
  const { launchedAt: _launchedAt, exitMessage: _exitMessage, ...rest } = state;
  return write({ ...rest, attempt: next.attempt, losses: next.losses }, now);
}

/** In milliseconds of the epoch. */
function deadlineOf({ spec }: ProcessingJob, startTime: string | undefined): number {
  if (startTime === undefined) return Number.POSITIVE_INFINITY;
  const seconds = spec.request.StoppingCondition?.MaxRuntimeInSeconds ?? defaultMaxRuntimeSeconds;
  return Date.parse(startTime) + seconds * 1000;
}
