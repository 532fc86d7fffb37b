/** The ladder of secondary statuses: pure functions that append to it. */
import type { SecondaryStatus } from '@rung/wire/types/sagemaker';
import type { SecondaryTransition, TrainingJobState } from '../../services/sagemaker/training-jobs/types.ts';

/** SageMaker's own sentences; clients print them as they change. */
export const messages = {
  starting: 'Starting the training job',
  launching: 'Launching requested ML instances',
  preparing: 'Preparing the instances for training',
  downloading: 'Downloading input data',
  training: 'Training image download completed. Training in progress.',
  uploading: 'Uploading generated training model',
  interrupted: 'The Spot instances of the training job were taken away',
  stopping: 'Stopping the training job',
  stopped: 'Training job stopped',
  completed: 'Training job completed',
  failed: 'Training job failed',
  pendingTooLong: 'Training job was pending longer than MaxPendingTimeInSeconds provided',
  MaxRuntimeExceeded: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  MaxWaitTimeExceeded: 'Training job waiting and running time exceeded MaxWaitTimeInSeconds provided',
} as const;

/**
 * Enters a secondary status at `at`, closing the one before; when the job is in that status already, only its message changes. Times never
 * run backwards, whatever the clocks of the machines say.
 */
export function enter(state: TrainingJobState, status: SecondaryStatus, message: string, at: string): TrainingJobState {
  const earlier = state.transitions.slice(0, -1);
  const last = state.transitions.at(-1);
  if (last === undefined)
    return { ...state, secondaryStatus: status, transitions: [{ status, startTime: at, message }] };
  if (last.status === status && last.endTime === undefined) {
    return last.message === message ? state : { ...state, transitions: [...earlier, { ...last, message }] };
  }
  const startTime = later(at, last.startTime);
  const next: SecondaryTransition = { status, startTime, message };
  return { ...state, secondaryStatus: status, transitions: [...earlier, { ...last, endTime: startTime }, next] };
}

/** As {@link enter}, and closes the status it enters: nothing follows it. */
export function end(state: TrainingJobState, status: SecondaryStatus, message: string, at: string): TrainingJobState {
  const entered = enter(state, status, message, at);
  const closed = entered.transitions.map((transition) => ({
    ...transition,
    endTime: transition.endTime ?? transition.startTime,
  }));
  return { ...entered, transitions: closed };
}

function later(a: string, b: string): string {
  return Date.parse(a) > Date.parse(b) ? a : b;
}
