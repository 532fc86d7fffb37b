/** The channels of a training job as inputs of its Workload: pure. */
import type { Channel, CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { Input } from '@rung/worker';
import type { Json } from '../../json.ts';

export type InputMode = 'File' | 'FastFile' | 'Pipe';

/** A channel's own mode, else the job's. */
export function inputMode(
  channel: Pick<Channel, 'InputMode'>,
  request: Pick<CreateTrainingJobRequest, 'AlgorithmSpecification'>,
): InputMode {
  return channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? 'File';
}

export function channelInputs(request: Json<CreateTrainingJobRequest>): Input[] {
  return (request.InputDataConfig ?? []).flatMap((channel) => {
    const source = channel.DataSource.S3DataSource;
    if (source === undefined) return [];
    const input: Input = {
      name: channel.ChannelName,
      uri: source.S3Uri,
      type: inputTypes.get(source.S3DataType) ?? 'prefix',
      path: `input/data/${channel.ChannelName}`,
      distribution: source.S3DataDistributionType === 'ShardedByS3Key' ? 'sharded' : 'replicated',
      transform: channel.CompressionType === 'Gzip' ? 'gunzip' : 'none',
    };
    const way = delivery(channel, request);
    return [way === undefined ? input : { ...input, delivery: way }];
  });
}

const inputTypes: ReadonlyMap<string, Input['type']> = new Map([
  ['ManifestFile', 'manifest'],
  ['AugmentedManifestFile', 'augmented-manifest'],
]);

function delivery(channel: Json<Channel>, request: Json<CreateTrainingJobRequest>): Input['delivery'] {
  switch (inputMode(channel, request)) {
    case 'File':
      return undefined;
    case 'FastFile':
      return { type: 'links' };
    case 'Pipe':
      return {
        type: 'pipe',
        recordio: channel.RecordWrapperType === 'RecordIO',
        attributes: channel.DataSource.S3DataSource?.AttributeNames ?? [],
        ...(channel.ShuffleConfig && { shuffleSeed: channel.ShuffleConfig.Seed }),
      };
  }
}
