import type { CreateTrainingJobRequest, SecondaryStatus, TrainingJobStatus } from '@rung/wire/types/sagemaker';
import type { Json } from '../../../json.ts';

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
}

export interface TrainingJobState {
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly transitions: readonly SecondaryTransition[];
  /** Counts starts, from 1: the workload's id is made of the name and this. */
  readonly attempt: number;
  readonly trainingStartTime?: string;
  readonly trainingEndTime?: string;
  readonly failureReason?: string;
  readonly finalMetrics: readonly { readonly name: string; readonly value: number; readonly at: string }[];
}

export interface SecondaryTransition {
  readonly status: SecondaryStatus;
  readonly startTime: string;
  readonly endTime?: string;
  readonly message: string;
}
