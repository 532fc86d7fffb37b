/** What CreateProcessingJob refuses beyond the shapes of the model, from the request alone: pure. */
import type { CreateProcessingJobRequest, ProcessingInput, ProcessingOutput } from '@rung/wire/types/sagemaker';
import { belowBase } from '../../../controllers/jobs/below-base.ts';
import { findInstanceType } from '../../../instances/instance-type.ts';
import { parseS3Uri } from '../s3-uri.ts';
import { repeated } from '../training-jobs/check-channels.ts';
import type { Ground } from '../training-jobs/check-request.ts';

/** Every reason to refuse, each a sentence with its way out; empty when there is none. */
export function checkRequest(request: CreateProcessingJobRequest, ground: Ground): string[] {
  const inputs = request.ProcessingInputs ?? [];
  const outputs = request.ProcessingOutputConfig?.Outputs ?? [];
  return [
    ...repeated(inputs.map(({ InputName }) => InputName)).map(
      (name) => `ProcessingInputs has "${name}" more than once: input names must be unique.`,
    ),
    ...repeated(outputs.map(({ OutputName }) => OutputName)).map(
      (name) => `ProcessingOutputConfig has "${name}" more than once: output names must be unique.`,
    ),
    ...inputs.flatMap((input) => checkInput(input).map((problem) => `Input "${input.InputName}": ${problem}`)),
    ...outputs.flatMap((output) => checkOutput(output).map((problem) => `Output "${output.OutputName}": ${problem}`)),
    ...checkInstances(request, ground),
  ];
}

function checkInput({
  AppManaged: managed,
  S3Input: source,
  DatasetDefinition: definition,
}: ProcessingInput): string[] {
  if (definition !== undefined)
    return ['DatasetDefinition (Athena, Redshift) is not implemented. Store the data in a bucket and use S3Input.'];
  if (source === undefined) return ['S3Input is required.'];
  return [...checkUri(source.S3Uri), ...checkPath(source.LocalPath, managed)];
}

function checkOutput({ AppManaged: managed, S3Output: to, FeatureStoreOutput: feature }: ProcessingOutput): string[] {
  if (feature !== undefined)
    return ['FeatureStoreOutput is not implemented: there is no feature store here. Use S3Output.'];
  if (to === undefined) return ['S3Output is required.'];
  return [...checkUri(to.S3Uri), ...checkPath(to.LocalPath, managed)];
}

function checkUri(uri: string): string[] {
  return parseS3Uri(uri) === undefined ? [`S3Uri is "${uri}", but must be s3://bucket/prefix.`] : [];
}

function checkPath(path: string | undefined, managed = false): string[] {
  if (managed) return [];
  if (path === undefined) return ['LocalPath is required, e.g. /opt/ml/processing/data.'];
  const below = belowBase(path);
  if (below?.startsWith('processing/') === true) return [];
  return [`LocalPath is "${path}", but must be a folder below /opt/ml/processing.`];
}

function checkInstances({ ProcessingResources }: CreateProcessingJobRequest, ground: Ground): string[] {
  const cluster = ProcessingResources.ClusterConfig;
  if ((cluster.InstancePreferences?.length ?? 0) > 0)
    return ['ClusterConfig.InstancePreferences is not implemented. Use InstanceType and InstanceCount.'];
  if (cluster.InstanceType === undefined) return ['ClusterConfig.InstanceType is required, e.g. ml.m5.large.'];
  const type = findInstanceType(cluster.InstanceType);
  if (type === undefined || type.gpus <= ground.capabilities.gpus || !ground.strict) return [];
  return [
    `${cluster.InstanceType} has GPUs and the ${ground.engine} engine offers ${ground.capabilities.gpus}. Choose another instance type, or set strict: false to run without them.`,
  ];
}
