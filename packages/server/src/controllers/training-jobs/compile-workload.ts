/** A training job, compiled to the Workload that an engine runs: pure. */
import type { Channel, CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { Input, MetricDefinition, Output } from '@rung/worker';
import type { Workload } from '../../engines/workload.ts';
import type { Json } from '../../json.ts';
import { scopeOf } from '../../services/sagemaker/arns.ts';
import { outputFolder, workloadId } from '../../services/sagemaker/training-jobs/types.ts';
import { belowBase } from '../jobs/below-base.ts';
import { configFiles } from './config-files.ts';
import { notices } from './notices.ts';
import { sourceInput } from './script-source.ts';
import { checkpointPath, type TrainingWorkloadParts } from './workload-parts.ts';

export const trainingLogGroup = '/aws/sagemaker/TrainingJobs';
export const trainingMetricsNamespace = '/aws/sagemaker/TrainingJobs';
/** SageMaker's own time from SIGTERM to SIGKILL. */
export const stopGraceSeconds = 120;

export function compileTrainingWorkload(parts: TrainingWorkloadParts): Workload {
  const { request, instanceType, instanceCount } = parts;
  const name = request.TrainingJobName;
  const hosts = Array.from({ length: instanceCount }, (_, index) => `algo-${index + 1}`);
  return {
    id: workloadId(name, parts.attempt),
    mode: 'job',
    program: parts.program,
    instanceCount,
    limits: {
      vcpus: instanceType.vcpus,
      memoryBytes: instanceType.memoryBytes,
      // What the machine lacks is a notice in the log, or was refused at Create.
      gpus: Math.min(instanceType.gpus, parts.capabilities.gpus),
    },
    environment: environment(parts),
    inputs: [...(request.InputDataConfig ?? []).flatMap(input), ...checkpointInput(parts), ...sourceInput(parts)],
    outputs: outputs(request),
    files: configFiles(parts, hosts),
    metricDefinitions: metricDefinitions(parts),
    logs: { group: trainingLogGroup, streams: hosts.map((host) => `${name}/${host}-${epochSeconds(parts.createdAt)}`) },
    systemMetrics: { namespace: trainingMetricsNamespace, host: `${name}/{host}` },
    stopGraceSeconds,
    notices: [...(parts.programNotices ?? []), ...notices(parts)],
  };
}

function environment({ request, arn }: TrainingWorkloadParts): Record<string, string> {
  const { region } = scopeOf(arn);
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...request.Environment,
    TRAINING_JOB_NAME: request.TrainingJobName,
    TRAINING_JOB_ARN: arn,
  };
}

function input(channel: Json<Channel>): Input[] {
  const source = channel.DataSource.S3DataSource;
  if (source === undefined) return [];
  return [
    {
      name: channel.ChannelName,
      uri: source.S3Uri,
      type: source.S3DataType === 'ManifestFile' ? 'manifest' : 'prefix',
      path: `input/data/${channel.ChannelName}`,
      distribution: source.S3DataDistributionType === 'ShardedByS3Key' ? 'sharded' : 'replicated',
      transform: channel.CompressionType === 'Gzip' ? 'gunzip' : 'none',
    },
  ];
}

function checkpointInput({ request, hasCheckpoints }: TrainingWorkloadParts): Input[] {
  const config = request.CheckpointConfig;
  const path = belowBase(config?.LocalPath ?? checkpointPath);
  if (config === undefined || path === undefined || !hasCheckpoints) return [];
  return [
    { name: 'checkpoints', uri: config.S3Uri, type: 'prefix', path, distribution: 'replicated', transform: 'none' },
  ];
}

function outputs(request: Json<CreateTrainingJobRequest>): Output[] {
  const folder = outputFolder(request.OutputDataConfig.S3OutputPath, request.TrainingJobName);
  const archive = request.OutputDataConfig.CompressionType === 'NONE' ? 'none' : 'tar.gz';
  const uri = (name: string): string =>
    archive === 'none' ? `${folder}/${name === 'output' ? 'data' : name}` : `${folder}/${name}.tar.gz`;
  const kept: Output[] = [
    { name: 'model', path: 'model', uri: uri('model'), archive, skipEmpty: false },
    { name: 'output', path: 'output/data', uri: uri('output'), archive, skipEmpty: true },
  ];
  const checkpoints = request.CheckpointConfig;
  const path = belowBase(checkpoints?.LocalPath ?? checkpointPath);
  if (checkpoints !== undefined && path !== undefined) {
    kept.push({ name: 'checkpoints', path, uri: checkpoints.S3Uri, archive: 'none', skipEmpty: true });
  }
  return kept;
}

/** The request's own definitions win over the built-in ones of the same name. */
function metricDefinitions({ request, builtInMetrics }: TrainingWorkloadParts): MetricDefinition[] {
  const dimensions = { TrainingJobName: request.TrainingJobName };
  const regexes = new Map(builtInMetrics.map(({ name, regex }) => [name, regex]));
  for (const { Name, Regex } of request.AlgorithmSpecification?.MetricDefinitions ?? []) regexes.set(Name, Regex);
  return [...regexes].map(([name, regex]) => ({ name, regex, namespace: trainingMetricsNamespace, dimensions }));
}

function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
