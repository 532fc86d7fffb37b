/** What CreateTrainingJob refuses of InputDataConfig, from the request alone: pure. */
import type { Channel } from '@rung/wire/types/sagemaker';
import { parseS3Uri } from '../s3-uri.ts';

export function checkChannels(channels: readonly Channel[]): string[] {
  return [
    ...repeated(channels.map(({ ChannelName }) => ChannelName)).map(
      (name) => `InputDataConfig has channel "${name}" more than once: channel names must be unique.`,
    ),
    ...channels.flatMap((channel) =>
      checkSource(channel).map((problem) => `Channel "${channel.ChannelName}": ${problem}`),
    ),
  ];
}

/** Each name that stands there more than once. */
export function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function checkSource({
  DataSource: { S3DataSource: source, ...others },
  InputMode,
  RecordWrapperType,
}: Channel): string[] {
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other !== undefined) return [`${other[0]} is not implemented. Copy the data into a bucket and use S3DataSource.`];
  if (source === undefined) return ['S3DataSource is required.'];
  const problems: string[] = [];
  if (parseS3Uri(source.S3Uri) === undefined)
    problems.push(`S3Uri is "${source.S3Uri}", but must be s3://bucket/prefix.`);
  if (source.S3DataType === 'AugmentedManifestFile') {
    problems.push('S3DataType AugmentedManifestFile is not implemented. Use S3Prefix or ManifestFile.');
  } else if (source.S3DataType !== 'S3Prefix' && source.S3DataType !== 'ManifestFile') {
    problems.push(`S3DataType ${source.S3DataType} is not implemented. Use S3Prefix or ManifestFile.`);
  }
  if (source.S3DataType === 'ManifestFile' && InputMode === 'FastFile')
    problems.push('FastFile mode reads S3Prefix only, not ManifestFile.');
  if ((source.InstanceGroupNames?.length ?? 0) > 0)
    problems.push('InstanceGroupNames needs InstanceGroups, which are not implemented.');
  if (source.HubAccessConfig !== undefined)
    problems.push('HubAccessConfig is not implemented. Copy the data into a bucket of your own.');
  if (RecordWrapperType === 'RecordIO')
    problems.push('RecordWrapperType RecordIO wraps streams of Pipe mode and is not implemented. Use None.');
  return problems;
}
