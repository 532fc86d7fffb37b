/** What CreateTrainingJob refuses of ResourceConfig, from the request alone: pure. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import { instanceGroups } from '../../../controllers/training-jobs/instance-groups.ts';
import { repeated } from './check-channels.ts';
import type { Ground } from './check-request.ts';

export function checkInstances(request: CreateTrainingJobRequest, ground: Ground): string[] {
  const { ResourceConfig: config } = request;
  if (config?.TrainingPlanArn !== undefined)
    return ['ResourceConfig.TrainingPlanArn: training plans are not implemented. Leave it out.'];
  const given = config?.InstanceGroups ?? [];
  if (given.length === 0 && config?.InstanceType === undefined)
    return ['ResourceConfig.InstanceType is required, e.g. ml.m5.large.'];
  return [...checkGroups(request), ...checkKeepAlive(request), ...checkGpus(request, ground)];
}

/** How many instances a request asks for. */
export function instanceCount({ ResourceConfig: config }: CreateTrainingJobRequest): number {
  const groups = config?.InstanceGroups ?? [];
  if (groups.length === 0) return config?.InstanceCount ?? 1;
  return groups.reduce((sum, { InstanceCount }) => sum + InstanceCount, 0);
}

function checkGroups({ ResourceConfig: config, InputDataConfig: channels = [] }: CreateTrainingJobRequest): string[] {
  const groups = config?.InstanceGroups ?? [];
  const names = groups.map(({ InstanceGroupName }) => InstanceGroupName ?? '');
  const problems = repeated(names).map((name) => `ResourceConfig.InstanceGroups has "${name}" more than once.`);
  if (groups.length > 0 && (config?.InstanceType !== undefined || config?.InstanceCount !== undefined))
    problems.push('ResourceConfig has InstanceGroups, and InstanceType or InstanceCount: give one or the other.');
  for (const { ChannelName, DataSource } of channels) {
    const { InstanceGroupNames: only = [], S3DataDistributionType: distribution } = DataSource.S3DataSource ?? {};
    for (const name of only.filter((each) => !names.includes(each))) {
      const known = names.length === 0 ? 'ResourceConfig has no InstanceGroups' : `the groups are ${names.join(', ')}`;
      problems.push(`Channel "${ChannelName}": InstanceGroupNames has "${name}", but ${known}.`);
    }
    if (only.length > 0 && only.length < names.length && distribution === 'ShardedByS3Key') {
      problems.push(
        `Channel "${ChannelName}": ShardedByS3Key over some of the instance groups is not implemented. Use FullyReplicated, or all groups.`,
      );
    }
  }
  return problems;
}

function checkKeepAlive(request: CreateTrainingJobRequest): string[] {
  const { ResourceConfig: config, EnableManagedSpotTraining: spot } = request;
  if ((config?.KeepAlivePeriodInSeconds ?? 0) === 0) return [];
  const without = 'Leave out ResourceConfig.KeepAlivePeriodInSeconds.';
  if (spot === true) return [`Warm pools are not for Spot instances. ${without}`];
  if ((config?.InstanceGroups?.length ?? 0) > 0) return [`Warm pools are not for instance groups. ${without}`];
  return [];
}

function checkGpus({ ResourceConfig }: CreateTrainingJobRequest, { engine, capabilities, strict }: Ground): string[] {
  const groups = instanceGroups(ResourceConfig);
  if (!strict || typeof groups === 'string') return [];
  return groups.flatMap(({ type }) =>
    type.gpus <= capabilities.gpus
      ? []
      : [
          `${type.name} has GPUs and the ${engine} engine offers ${capabilities.gpus}. Choose another instance type, or set strict: false to run without them.`,
        ],
  );
}
