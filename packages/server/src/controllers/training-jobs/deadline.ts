/** When the limits of StoppingCondition end a job, in milliseconds of the epoch: pure. */
import {
  defaultMaxRuntimeSeconds,
  type TrainingJob,
  type TrainingJobState,
} from '../../services/sagemaker/training-jobs/types.ts';

export interface Deadline {
  readonly at: number;
  readonly timeout: NonNullable<TrainingJobState['timeout']>;
}

/** The earlier of the two. Only the time that its attempts run counts for MaxRuntimeInSeconds; waiting counts for MaxWaitTimeInSeconds too. */
export function deadlineOf(job: TrainingJob, state: TrainingJobState): Deadline | undefined {
  const limits: Deadline[] = [];
  if (state.runStartedAt !== undefined) {
    const seconds = job.spec.request.StoppingCondition?.MaxRuntimeInSeconds ?? defaultMaxRuntimeSeconds;
    const left = seconds * 1000 - (state.earlierRunMs ?? 0);
    limits.push({ at: Date.parse(state.runStartedAt) + left, timeout: 'MaxRuntimeExceeded' });
  }
  const wait = maxWaitOf(job);
  if (wait !== Number.POSITIVE_INFINITY) limits.push({ at: wait, timeout: 'MaxWaitTimeExceeded' });
  return limits.sort((a, b) => a.at - b.at)[0];
}

/** MaxWaitTimeInSeconds of a spot job, whatever it does until then; infinite for others. */
export function maxWaitOf({ createdAt, spec: { request } }: TrainingJob): number {
  const seconds = request.StoppingCondition?.MaxWaitTimeInSeconds;
  if (request.EnableManagedSpotTraining !== true || seconds === undefined) return Number.POSITIVE_INFINITY;
  return createdAt.getTime() + seconds * 1000;
}
