/** What every step of a processing job works with, and the writes that several steps share. */
import type { InstanceState } from '../../engines/workload.ts';
import { findInstanceType, formatMemory } from '../../instances/instance-type.ts';
import type { ServerResources } from '../../resources.ts';
import {
  type ProcessingJob,
  type ProcessingJobState,
  workloadId,
} from '../../services/sagemaker/processing-jobs/types.ts';
import type { ResourceChange } from '../../store/store.ts';
import type { KindSlots } from '../jobs/job-slots.ts';
import type { Outcome } from '../jobs/outcome.ts';

export interface StepContext {
  readonly resources: ServerResources;
  readonly slots: KindSlots;
  /** Aborts when the lease is lost. */
  readonly signal: AbortSignal;
}

export type Change = ResourceChange<'processing-job'>;

/** How often a running job is looked at when no hint comes. */
export const pollMs = 5_000;

export function currentWorkload({ name, status }: ProcessingJob): string {
  return workloadId(name, status.attempt);
}

export function memoryOf(job: ProcessingJob): string {
  const type = findInstanceType(job.spec.request.ProcessingResources.ClusterConfig.InstanceType ?? '');
  return type === undefined ? 'memory' : formatMemory(type.memoryBytes);
}

/** What the reports of the instances add: when the job began, and what the program said last. Answers `state` itself when there is nothing new. */
export function observe(state: ProcessingJobState, instances: readonly InstanceState[]): ProcessingJobState {
  const startTime = state.startTime ?? began(instances);
  const exitMessage =
    instances.find((instance) => instance.exitMessage !== undefined)?.exitMessage ?? state.exitMessage;
  if (startTime === state.startTime && exitMessage === state.exitMessage) return state;
  return { ...state, ...(startTime !== undefined && { startTime }), ...(exitMessage !== undefined && { exitMessage }) };
}

/** When the first instance began to fetch its inputs, or to run. */
function began(instances: readonly InstanceState[]): string | undefined {
  const times = instances.flatMap(({ transitions }) =>
    transitions.filter(({ phase }) => phase === 'downloading' || phase === 'running').map(({ at }) => at),
  );
  return times.sort((a, b) => Date.parse(a) - Date.parse(b))[0];
}

/** The state and the word that lists filter by are written together, always. */
export function write(state: ProcessingJobState, due: Date): Change {
  return { status: state, phase: state.status, due };
}

const overTime = 'Processing job runtime exceeded MaxRuntimeInSeconds provided';

/** The terminal write. The row stays due once more, so that {@link finished} clears the workload away. */
export function finish(state: ProcessingJobState, outcome: Exclude<Outcome, { type: 'lost' }>, now: Date): Change {
  const closed: ProcessingJobState = state.startTime === undefined ? state : { ...state, endTime: outcome.at };
  switch (outcome.type) {
    case 'completed':
      return write({ ...closed, status: 'Completed' }, now);
    case 'stopped':
      // A job that was stopped shows no FailureReason: without a word of the program's own, this is where a user looks.
      return write(
        { ...closed, ...(state.timedOut && { exitMessage: state.exitMessage ?? overTime }), status: 'Stopped' },
        now,
      );
    case 'failed':
      return write({ ...closed, status: 'Failed', failureReason: outcome.reason }, now);
  }
}
