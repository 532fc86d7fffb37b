/** A training job, compiled to the Workload that an engine runs: pure. */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { MetricDefinition, Output } from '@rung/worker';
import type { Workload } from '../../engines/workload.ts';
import type { Json } from '../../json.ts';
import { scopeOf } from '../../services/sagemaker/arns.ts';
import { outputFolder, workloadId } from '../../services/sagemaker/training-jobs/types.ts';
import { belowBase } from '../jobs/below-base.ts';
import { channelInputs } from './channel-inputs.ts';
import { configFiles, resourceConfigFile } from './config-files.ts';
import { instanceDifferences } from './instance-groups.ts';
import { notices } from './notices.ts';
import { sourceInput } from './script-source.ts';
import { checkpointPath, type TrainingWorkloadParts } from './workload-parts.ts';

export const trainingLogGroup = '/aws/sagemaker/TrainingJobs';
export const trainingMetricsNamespace = '/aws/sagemaker/TrainingJobs';
/** SageMaker's own time from SIGTERM to SIGKILL. */
export const stopGraceSeconds = 120;

export function compileTrainingWorkload(parts: TrainingWorkloadParts): Workload {
  const { request, groups } = parts;
  const name = request.TrainingJobName;
  const hosts = groups.flatMap((group) => group.hosts);
  const first = groups[0];
  if (first === undefined) throw new Error(`training job ${name} has no instances`);
  const inputs = [...channelInputs(request), ...sourceInput(parts)];
  const instances = instanceDifferences(parts, inputs);
  return {
    id: workloadId(name, parts.attempt),
    mode: 'job',
    program: parts.program,
    instanceCount: hosts.length,
    limits: {
      vcpus: first.type.vcpus,
      memoryBytes: first.type.memoryBytes,
      // What the machine lacks is a notice in the log, or was refused at Create.
      gpus: Math.min(Math.max(...groups.map(({ type }) => type.gpus)), parts.capabilities.gpus),
    },
    ...(request.EnableNetworkIsolation === true && { networkIsolation: true }),
    environment: environment(parts),
    inputs,
    ...checkpoints(request),
    ...retained(parts),
    outputs: outputs(request),
    files: { ...configFiles(parts), ...resourceConfigFile(parts, first) },
    ...(instances && { instances }),
    metricDefinitions: metricDefinitions(parts),
    logs: { group: trainingLogGroup, streams: hosts.map((host) => `${name}/${host}-${epochSeconds(parts.createdAt)}`) },
    systemMetrics: { namespace: trainingMetricsNamespace, host: `${name}/{host}` },
    stopGraceSeconds,
    notices: [...(parts.programNotices ?? []), ...notices(parts)],
  };
}

function environment({ request, arn, groups, capabilities }: TrainingWorkloadParts): Record<string, string> {
  const { region } = scopeOf(arn);
  const hosts = groups.reduce((sum, group) => sum + group.hosts.length, 0);
  return {
    // Containers have a network of their own; where programs share one machine, the engine says where they meet.
    ...(hosts > 1 && capabilities.images && { MASTER_ADDR: 'algo-1', MASTER_PORT: '7777' }),
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...request.Environment,
    TRAINING_JOB_NAME: request.TrainingJobName,
    TRAINING_JOB_ARN: arn,
  };
}

function checkpoints({ CheckpointConfig: config }: Json<CreateTrainingJobRequest>): Pick<Workload, 'checkpoints'> {
  const path = belowBase(config?.LocalPath ?? checkpointPath);
  return config === undefined || path === undefined ? {} : { checkpoints: { uri: config.S3Uri, path } };
}

function retained({ request, warmedBy }: TrainingWorkloadParts): Pick<Workload, 'retained'> {
  const keeps = (request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0) > 0;
  if (!keeps && warmedBy === undefined) return {};
  return {
    retained: {
      ...(warmedBy !== undefined && { take: warmedBy }),
      ...(keeps && { leave: request.TrainingJobName }),
    },
  };
}

function outputs(request: Json<CreateTrainingJobRequest>): Output[] {
  const folder = outputFolder(request.OutputDataConfig.S3OutputPath, request.TrainingJobName);
  const archive = request.OutputDataConfig.CompressionType === 'NONE' ? 'none' : 'tar.gz';
  const uri = (name: string): string =>
    archive === 'none' ? `${folder}/${name === 'output' ? 'data' : name}` : `${folder}/${name}.tar.gz`;
  return [
    { name: 'model', path: 'model', uri: uri('model'), archive, skipEmpty: false },
    { name: 'output', path: 'output/data', uri: uri('output'), archive, skipEmpty: true },
  ];
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
