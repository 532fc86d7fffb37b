/** What CreateTrainingJob refuses beyond the shapes of the model, from the request alone: pure. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { belowBase } from '../../../controllers/jobs/below-base.ts';
import { checkpointPath } from '../../../controllers/training-jobs/workload-parts.ts';
import type { Capabilities } from '../../../engines/engine.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { checkChannels, repeated } from './check-channels.ts';
import { checkInstances } from './check-instances.ts';
import { defaultMaxRuntimeSeconds } from './types.ts';

/** What the machine that the job would run on is like. */
export interface Ground {
  readonly engine: string;
  readonly capabilities: Capabilities;
  /** Refuse what the machine lacks instead of warning in the job's log. */
  readonly strict: boolean;
}

/** Every reason to refuse, each a sentence with its way out; empty when there is none. */
export function checkRequest(request: CreateTrainingJobRequest, ground: Ground): string[] {
  return [
    ...checkAlgorithm(request),
    ...checkOutputs(request),
    ...checkChannels(request),
    ...checkInstances(request, ground),
    ...checkTimes(request),
    ...checkMetrics(request),
    ...checkFeatures(request),
  ];
}

function checkAlgorithm({ AlgorithmSpecification: specification }: CreateTrainingJobRequest): string[] {
  if (specification === undefined) return ['AlgorithmSpecification is required: name what to run in TrainingImage.'];
  const { TrainingImage: image, AlgorithmName: name } = specification;
  if (image === undefined && name === undefined)
    return ['AlgorithmSpecification needs TrainingImage: a built-in algorithm, rung/host, or a container image.'];
  if (image !== undefined && name !== undefined)
    return ['AlgorithmSpecification has both TrainingImage and AlgorithmName: give one of them.'];
  return [];
}

function checkOutputs({ OutputDataConfig: output, CheckpointConfig: checkpoints }: CreateTrainingJobRequest): string[] {
  const problems: string[] = [];
  if (parseS3Uri(output.S3OutputPath) === undefined)
    problems.push(badUri('OutputDataConfig.S3OutputPath', output.S3OutputPath));
  if (checkpoints === undefined) return problems;
  if (parseS3Uri(checkpoints.S3Uri) === undefined) problems.push(badUri('CheckpointConfig.S3Uri', checkpoints.S3Uri));
  const path = checkpoints.LocalPath ?? checkpointPath;
  if (belowBase(path) === undefined) {
    problems.push(
      `CheckpointConfig.LocalPath is "${path}", but only folders below /opt/ml are kept. Leave it out, or use ${checkpointPath}.`,
    );
  }
  return problems;
}

function checkTimes({
  StoppingCondition: condition,
  EnableManagedSpotTraining: spot,
}: CreateTrainingJobRequest): string[] {
  const wait = condition?.MaxWaitTimeInSeconds;
  const runtime = condition?.MaxRuntimeInSeconds ?? defaultMaxRuntimeSeconds;
  if (spot === true && (wait === undefined || wait < runtime)) {
    return ['Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds.'];
  }
  if (spot !== true && wait !== undefined)
    return ['MaxWaitTimeInSeconds is only for EnableManagedSpotTraining. Leave it out.'];
  return [];
}

function checkMetrics({ AlgorithmSpecification: specification }: CreateTrainingJobRequest): string[] {
  const definitions = specification?.MetricDefinitions ?? [];
  const problems = repeated(definitions.map(({ Name }) => Name)).map(
    (name) => `MetricDefinitions has "${name}" more than once.`,
  );
  for (const { Name, Regex } of definitions) {
    const fault = regexFault(Regex);
    if (fault !== undefined) problems.push(`The Regex of metric "${Name}" is not valid: ${fault}.`);
  }
  return problems;
}

/** Features that would change what the job does, and do not exist here: pretending would be worse than refusing. */
function checkFeatures(request: CreateTrainingJobRequest): string[] {
  const missing: readonly [string, boolean][] = [
    ['ServerlessJobConfig', request.ServerlessJobConfig !== undefined],
    ['MlflowConfig', request.MlflowConfig !== undefined],
    ['ModelPackageConfig', request.ModelPackageConfig !== undefined],
    ['RemoteDebugConfig.EnableRemoteDebug', request.RemoteDebugConfig?.EnableRemoteDebug === true],
  ];
  return missing.filter(([, asked]) => asked).map(([name]) => `${name} is not implemented. Leave it out.`);
}

function badUri(member: string, uri: string): string {
  return `${member} is "${uri}", but must be s3://bucket or s3://bucket/prefix.`;
}

function regexFault(regex: string): string | undefined {
  try {
    void new RegExp(regex);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
