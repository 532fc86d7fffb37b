import type { InstanceState } from '../../engines/workload.ts';
import type { TrainingJob, TrainingJobState } from '../../services/sagemaker/training-jobs/types.ts';
import { afterLoss, vanished } from '../jobs/after-loss.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { isFailing, type Outcome, outcomeOf } from '../jobs/outcome.ts';
import { deadlineOf } from './deadline.ts';
import { interrupt, resume } from './interrupted.ts';
import { nextInterruption } from './next-interruption.ts';
import { climb, finalMetrics } from './progress.ts';
import {
  type Change,
  currentWorkload,
  finish,
  memoryOf,
  nextAttempt,
  pollMs,
  type StepContext,
  write,
} from './steps.ts';
import { enter, messages } from './transitions.ts';

/** Starting (launched), Downloading, Training and Uploading: the engine has the job, and its reports move it up the ladder. */
export async function running(job: TrainingJob, { resources }: StepContext): Promise<Change> {
  const now = resources.clock.now();
  const engine = engineOf(job, resources);
  const id = currentWorkload(job);
  const instances = (await engine.inspect(id))?.instances ?? vanished(now);
  const state = withMetrics(climb(job.status, instances), instances);

  const outcome = outcomeOf(instances, memoryOf(job));
  if (outcome?.type === 'lost') return restart(job, state, outcome, now);
  if (outcome?.type === 'stopped' && outcome.interrupted === true) return resume(state, outcome.at, now);
  if (outcome !== undefined) return finish(state, outcome, now);

  const deadline = deadlineOf(job, state);
  if (isFailing(instances)) await engine.stop(id, { abandon: true });
  else if (deadline !== undefined && deadline.at <= now.getTime()) {
    await engine.stop(id);
    const stopping = enter(state, 'Stopping', messages[deadline.timeout], now.toISOString());
    return write({ ...stopping, status: 'Stopping', timeout: deadline.timeout }, new Date(now.getTime() + pollMs));
  }
  const interruption = nextInterruption(job, state, resources.config.spot) ?? Number.POSITIVE_INFINITY;
  if (interruption <= now.getTime()) return interrupt(state, now);
  const due = new Date(Math.min(now.getTime() + pollMs, deadline?.at ?? Number.POSITIVE_INFINITY, interruption));
  return state === job.status ? { due } : write(state, due);
}

export function withMetrics(state: TrainingJobState, instances: readonly InstanceState[]): TrainingJobState {
  const metrics = finalMetrics(instances);
  const same =
    metrics.length === state.finalMetrics.length &&
    metrics.every(({ name, value, at }, index) => {
      const known = state.finalMetrics[index];
      return known?.name === name && known.value === value && known.at === at;
    });
  return same || metrics.length === 0 ? state : { ...state, finalMetrics: metrics };
}

function restart(
  job: TrainingJob,
  state: TrainingJobState,
  lost: Extract<Outcome, { type: 'lost' }>,
  now: Date,
): Change {
  const next = afterLoss(state, lost.detail, job.spec.request.RetryStrategy?.MaximumRetryAttempts);
  if (next.type === 'fail') return finish(state, { type: 'failed', at: lost.at, reason: next.reason }, now);
  const message = `The machine or the worker was lost; attempt ${next.attempt} begins`;
  const restarting = enter(state, 'Restarting', message, now.toISOString());
  return write({ ...nextAttempt(restarting, lost.at), losses: next.losses }, now);
}
