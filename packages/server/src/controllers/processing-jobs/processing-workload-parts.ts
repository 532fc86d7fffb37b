import type { Capabilities } from '../../engines/engine.ts';
import type { Program } from '../../engines/workload.ts';
import type { InstanceType } from '../../instances/instance-type.ts';
import type { ProcessingJobSpec } from '../../services/sagemaker/processing-jobs/types.ts';

/** Everything that the Workload of a processing job depends on. */
export interface ProcessingWorkloadParts {
  readonly request: ProcessingJobSpec['request'];
  readonly arn: string;
  readonly createdAt: Date;
  /** From 1. */
  readonly attempt: number;
  readonly program: Program;
  /** What the user must know of the program, e.g. another version of a framework than the image names. */
  readonly programNotices: readonly string[];
  readonly instanceType: InstanceType;
  readonly instanceCount: number;
  readonly capabilities: Capabilities;
}
