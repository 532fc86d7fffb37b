import type { CreateTrainingJobRequest, SecondaryStatus, TrainingJobStatus } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';
import type { Resource } from '../../../store/resource.ts';

export type TrainingJob = Resource<'training-job'>;

export interface TrainingJobTypes {
  spec: TrainingJobSpec;
  status: TrainingJobState;
}

export interface TrainingJobSpec {
  readonly request: Json<CreateTrainingJobRequest>;
  /** Name of the engine chosen at Create. */
  readonly engine: string;
  /** When StopTrainingJob was accepted. */
  readonly stopRequestedAt?: string;
  /** Somebody asked to take the instances of this attempt away. */
  readonly interrupt?: { readonly attempt: number; readonly at: string };
}

export interface TrainingJobState {
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  /** Oldest first; only the last one is open. */
  readonly transitions: readonly SecondaryTransition[];
  /** Counts starts, from 1: the workload's id is made of the name and this. */
  readonly attempt: number;
  /** How many attempts were lost with their machine or worker; a control plane that was shut down in order loses none. */
  readonly losses?: number;
  /** How many attempts ended because their spot instances were taken away. */
  readonly interruptions?: number;
  /** When the instances of this attempt began to be taken away. */
  readonly interruptedAt?: string;
  /** When the engine took this attempt; absent while it waits for a slot. */
  readonly launchedAt?: string;
  /** Why the platform, not the user, asked the job to end. */
  readonly timeout?: 'MaxRuntimeExceeded' | 'MaxWaitTimeExceeded';
  /** When the first attempt began to fetch its data. */
  readonly trainingStartTime?: string;
  /** When this attempt began to fetch its data. MaxRuntimeInSeconds and what is billed count from here, after {@link earlierRunMs}. */
  readonly runStartedAt?: string;
  /** How long earlier attempts ran, from their download to their end. */
  readonly earlierRunMs?: number;
  /** The attempt began with what this job had left on its instances. */
  readonly warmedBy?: string;
  /** What became of the instances of the job when it had ended, where they were to be kept. */
  readonly warmPool?: WarmPoolState;
  readonly trainingEndTime?: string;
  readonly failureReason?: string;
  readonly finalMetrics: readonly FinalMetric[];
}

export type WarmPoolState =
  | { readonly status: 'Available'; readonly since: string }
  | { readonly status: 'Reused'; readonly by: string; readonly retainedSeconds: number }
  | { readonly status: 'Terminated'; readonly retainedSeconds: number };

export interface SecondaryTransition {
  readonly status: SecondaryStatus;
  readonly startTime: string;
  readonly endTime?: string;
  readonly message: string;
}

export interface FinalMetric {
  readonly name: string;
  readonly value: number;
  readonly at: string;
}

/** SageMaker's default of StoppingCondition.MaxRuntimeInSeconds. */
export const defaultMaxRuntimeSeconds = 86_400;

/** The job will not change any more. */
export function hasEnded(job: TrainingJob): boolean {
  const { status } = job.status;
  return status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

/** The id of the workload of the job's current attempt. */
export function workloadId(name: string, attempt: number): string {
  return `training-job/${name}/${attempt}`;
}

/** The folder in the user's bucket where a job's artifacts go, without a slash at its end. */
export function outputFolder(s3OutputPath: string, jobName: string): string {
  return `${s3OutputPath.replace(/\/+$/, '')}/${jobName}/output`;
}

/** Where the model of a job is stored: an archive, or a folder when the request asked for no compression. */
export function modelArtifactsUri(request: TrainingJobSpec['request']): string {
  const folder = outputFolder(request.OutputDataConfig.S3OutputPath, request.TrainingJobName);
  return request.OutputDataConfig.CompressionType === 'NONE' ? `${folder}/model/` : `${folder}/model.tar.gz`;
}
