/** What every step of a training job works with, and the writes that several steps share. */
import { findInstanceType, formatMemory } from '../../instances/instance-type.ts';
import type { ServerResources } from '../../resources.ts';
import { type TrainingJob, type TrainingJobState, workloadId } from '../../services/sagemaker/training-jobs/types.ts';
import type { ResourceChange } from '../../store/store.ts';
import type { KindSlots } from '../jobs/job-slots.ts';
import type { Outcome } from '../jobs/outcome.ts';
import { end, messages } from './transitions.ts';
import type { WarmPools } from './warm-pools.ts';

export interface StepContext {
  readonly resources: ServerResources;
  readonly slots: KindSlots;
  readonly pools: WarmPools;
  /** Aborts when the lease is lost. */
  readonly signal: AbortSignal;
}

export type Change = ResourceChange<'training-job'>;

/** How often a running job is looked at when no hint comes. */
export const pollMs = 5_000;

export function currentWorkload(job: TrainingJob): string {
  return workloadId(job.name, job.status.attempt);
}

export function memoryOf(job: TrainingJob): string {
  const type = findInstanceType(job.spec.request.ResourceConfig?.InstanceType ?? '');
  return type === undefined ? 'memory' : formatMemory(type.memoryBytes);
}

/** The state and the word that lists filter by are written together, always. */
export function write(state: TrainingJobState, due: Date): Change {
  return { status: state, phase: state.status, due };
}

/** The state of a job whose attempt ended before the job did. What it had fetched and stored so far is gone, but for its checkpoints. */
export function nextAttempt(state: TrainingJobState, endedAt: string): TrainingJobState {
  const {
    launchedAt: _launchedAt,
    interruptedAt: _interruptedAt,
    runStartedAt: _runStartedAt,
    warmedBy: _warmedBy,
    ...rest
  } = state;
  return { ...rest, attempt: state.attempt + 1, earlierRunMs: ranFor(state, endedAt) };
}

/** How long all attempts ran, in milliseconds, when the current one ends at `end`. */
export function ranFor({ runStartedAt, earlierRunMs = 0 }: TrainingJobState, end: string): number {
  if (runStartedAt === undefined) return earlierRunMs;
  return earlierRunMs + Math.max(0, Date.parse(end) - Date.parse(runStartedAt));
}

/** The terminal write. The row stays due once more, so that {@link finished} clears the workload away. */
export function finish(state: TrainingJobState, outcome: Exclude<Outcome, { type: 'lost' }>, now: Date): Change {
  return write(ended(state, outcome), now);
}

function ended(state: TrainingJobState, outcome: Exclude<Outcome, { type: 'lost' }>): TrainingJobState {
  const closing = state.trainingStartTime === undefined ? state : { ...state, trainingEndTime: outcome.at };
  switch (outcome.type) {
    case 'completed':
      return { ...end(closing, 'Completed', messages.completed, outcome.at), status: 'Completed' };
    case 'stopped': {
      const secondary = state.timeout ?? 'Stopped';
      const message = outcome.message ?? (state.timeout === undefined ? messages.stopped : messages[state.timeout]);
      return { ...end(closing, secondary, message, outcome.at), status: 'Stopped' };
    }
    case 'failed': {
      const failed = { ...closing, failureReason: outcome.reason };
      return { ...end(failed, 'Failed', messages.failed, outcome.at), status: 'Failed' };
    }
  }
}
