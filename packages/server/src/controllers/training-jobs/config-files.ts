/** The files below `/opt/ml/input/config` that SageMaker gives every training program: pure. */
import type { Channel } from '@rung/wire/types/sagemaker';
import type { Json } from '../../json.ts';
import { literal } from '../jobs/literal.ts';
import type { InstanceGroup } from './instance-groups.ts';
import type { TrainingWorkloadParts } from './workload-parts.ts';

/** `{host}` stands for the name of the instance that the file is written for. {@link resourceConfigFile} comes beside them. */
export function configFiles(parts: TrainingWorkloadParts): Record<string, string> {
  const { request, arn } = parts;
  const metrics = request.AlgorithmSpecification?.MetricDefinitions ?? [];
  const files: Record<string, unknown> = {
    hyperparameters: request.HyperParameters ?? {},
    inputdataconfig: Object.fromEntries(
      (request.InputDataConfig ?? []).map((channel) => [channel.ChannelName, channelConfig(channel, parts)]),
    ),
    'metric-definition-regex': metrics,
    trainingjobconfig: { ...request, TrainingJobArn: arn },
    ...(request.CheckpointConfig && { checkpointconfig: request.CheckpointConfig }),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [fileName(name), literal(JSON.stringify(content))]),
  );
}

function fileName(name: string): string {
  return `input/config/${name}.json`;
}

function channelConfig(channel: Json<Channel>, { request }: TrainingWorkloadParts): Record<string, string> {
  const source = channel.DataSource.S3DataSource;
  return {
    ...(channel.ContentType !== undefined && { ContentType: channel.ContentType }),
    TrainingInputMode: channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File',
    S3DistributionType: source?.S3DataDistributionType ?? 'FullyReplicated',
    RecordWrapperType: channel.RecordWrapperType ?? 'None',
  };
}

/** Where an instance of this group is, and who is there too. */
export function resourceConfigFile(
  { groups, capabilities }: Pick<TrainingWorkloadParts, 'groups' | 'capabilities'>,
  group: InstanceGroup,
): Record<string, string> {
  const content = {
    current_host: '{host}',
    current_instance_type: group.type.name,
    current_group_name: group.name,
    hosts: groups.flatMap(({ hosts }) => hosts),
    instance_groups: groups.map(({ name, type, hosts }) => ({
      instance_group_name: name,
      instance_type: type.name,
      hosts,
    })),
    // Programs that are not in containers of their own meet each other on the loopback interface only.
    network_interface_name: capabilities.images ? 'eth0' : 'lo',
  };
  return { [fileName('resourceconfig')]: JSON.stringify(content) };
}
