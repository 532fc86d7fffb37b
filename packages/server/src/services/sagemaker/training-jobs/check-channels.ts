/** What CreateTrainingJob refuses of InputDataConfig, from the request alone: pure. */
import type { Channel, CreateTrainingJobRequest, S3DataSource } from '@rung/wire/types/sagemaker';
import { inputMode, type InputMode } from '../../../controllers/training-jobs/channel-inputs.ts';
import { parseS3Uri } from '../s3-uri.ts';

export function checkChannels(request: CreateTrainingJobRequest): string[] {
  const channels = request.InputDataConfig ?? [];
  return [
    ...repeated(channels.map(({ ChannelName }) => ChannelName)).map(
      (name) => `InputDataConfig has channel "${name}" more than once: channel names must be unique.`,
    ),
    ...channels.flatMap((channel) =>
      checkChannel(channel, inputMode(channel, request)).map(
        (problem) => `Channel "${channel.ChannelName}": ${problem}`,
      ),
    ),
  ];
}

/** Each name that stands there more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function checkChannel(channel: Channel, mode: InputMode): string[] {
  const { S3DataSource: source, ...others } = channel.DataSource;
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other !== undefined) return [`${other[0]} is not implemented. Copy the data into a bucket and use S3DataSource.`];
  if (source === undefined) return ['S3DataSource is required.'];
  const problems: string[] = [];
  if (parseS3Uri(source.S3Uri) === undefined)
    problems.push(`S3Uri is "${source.S3Uri}", but must be s3://bucket/prefix.`);
  if (!dataTypes.has(source.S3DataType)) {
    problems.push(`S3DataType ${source.S3DataType} is not implemented. Use one of: ${[...dataTypes].join(', ')}.`);
  }
  if (mode === 'FastFile') problems.push(...checkFastFile(channel, source));
  if (source.HubAccessConfig !== undefined)
    problems.push('HubAccessConfig is not implemented. Copy the data into a bucket of your own.');
  if (channel.RecordWrapperType === 'RecordIO' && mode !== 'Pipe')
    problems.push(`RecordWrapperType RecordIO wraps streams of Pipe mode, and the mode is ${mode}. Use None.`);
  if (source.S3DataType === 'AugmentedManifestFile') problems.push(...checkAugmentedManifest(channel, source, mode));
  else if ((source.AttributeNames?.length ?? 0) > 0)
    problems.push(`AttributeNames are for S3DataType AugmentedManifestFile, and it is ${source.S3DataType}.`);
  return problems;
}

const dataTypes: ReadonlySet<string> = new Set(['S3Prefix', 'ManifestFile', 'AugmentedManifestFile']);

function checkFastFile({ CompressionType }: Channel, { S3DataType }: S3DataSource): string[] {
  const problems: string[] = [];
  if (S3DataType === 'ManifestFile')
    problems.push('FastFile mode reads S3Prefix only, not ManifestFile. Use File or Pipe mode.');
  if (CompressionType === 'Gzip')
    problems.push('FastFile mode gives objects as they are: CompressionType Gzip needs File or Pipe mode.');
  return problems;
}

function checkAugmentedManifest(channel: Channel, { AttributeNames }: S3DataSource, mode: InputMode): string[] {
  const problems: string[] = [];
  if (mode !== 'Pipe') problems.push(`AugmentedManifestFile is read in Pipe mode only, and the mode is ${mode}.`);
  if (channel.RecordWrapperType !== 'RecordIO')
    problems.push('AugmentedManifestFile needs RecordWrapperType RecordIO: each attribute is a record.');
  if ((AttributeNames?.length ?? 0) === 0)
    problems.push('AugmentedManifestFile needs AttributeNames: which attributes of each line to send, in which order.');
  return problems;
}
