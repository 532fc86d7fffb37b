import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { Capabilities } from '../../engines/engine.ts';
import type { Program } from '../../engines/workload.ts';
import type { Json } from '../../json.ts';
import type { InstanceGroup } from './instance-groups.ts';

/** Everything that the Workload of a training job depends on. */
export interface TrainingWorkloadParts {
  readonly request: Json<CreateTrainingJobRequest>;
  readonly arn: string;
  readonly createdAt: Date;
  /** From 1. */
  readonly attempt: number;
  readonly program: Program;
  /** What the user must know of the program, e.g. another version of a framework than the image names. */
  readonly programNotices?: readonly string[];
  /** What a built-in algorithm reports beside the request's own definitions. */
  readonly builtInMetrics: readonly { readonly name: string; readonly regex: string }[];
  /** At least one. */
  readonly groups: readonly InstanceGroup[];
  readonly capabilities: Capabilities;
  /** The job whose instances this attempt gets. */
  readonly warmedBy?: string | undefined;
}

/** Default of CheckpointConfig.LocalPath. */
export const checkpointPath = '/opt/ml/checkpoints';
