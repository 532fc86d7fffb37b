import type { CreateProcessingJobRequest, ProcessingJobStatus } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';
import type { Resource } from '../../../store/resource.ts';

export type ProcessingJob = Resource<'processing-job'>;

export interface ProcessingJobTypes {
  spec: ProcessingJobSpec;
  status: ProcessingJobState;
}

export interface ProcessingJobSpec {
  readonly request: Json<CreateProcessingJobRequest>;
  /** Name of the engine chosen at Create. */
  readonly engine: string;
  /** When StopProcessingJob was accepted. */
  readonly stopRequestedAt?: string;
}

export interface ProcessingJobState {
  readonly status: ProcessingJobStatus;
  /** Counts starts, from 1: the workload's id is made of the name and this. */
  readonly attempt: number;
  /** How many attempts were lost with their machine or worker; a control plane that was shut down in order loses none. */
  readonly losses?: number;
  /** What a job that has not begun waits for, as its log was told. */
  readonly waitingFor?: string;
  /** When the engine took this attempt; absent while it waits for a slot or an environment. */
  readonly launchedAt?: string;
  /** The platform, not the user, asked the job to end: it ran longer than MaxRuntimeInSeconds. */
  readonly timedOut?: true;
  /** When the first attempt began to fetch its data: MaxRuntimeInSeconds counts from here. */
  readonly startTime?: string;
  readonly endTime?: string;
  readonly failureReason?: string;
  /** What the program left in `/opt/ml/output/message`. */
  readonly exitMessage?: string;
}

/** SageMaker's default of StoppingCondition.MaxRuntimeInSeconds. */
export const defaultMaxRuntimeSeconds = 86_400;

/** The job will not change any more. */
export function hasEnded({ status: { status } }: ProcessingJob): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

/** The id of the workload of the job's current attempt. */
export function workloadId(name: string, attempt: number): string {
  return `processing-job/${name}/${attempt}`;
}
