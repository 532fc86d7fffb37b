/** A processing job, compiled to the Workload that an engine runs: pure. */
import type { ProcessingInput } from '@rung/wire/types/sagemaker';
import type { Input, Output } from '@rung/worker';
import type { Workload } from '../../engines/workload.ts';
import type { Json } from '../../json.ts';
import { scopeOf } from '../../services/sagemaker/arns.ts';
import { type ProcessingJobSpec, workloadId } from '../../services/sagemaker/processing-jobs/types.ts';
import { belowBase } from '../jobs/below-base.ts';
import { configFiles } from './config-files.ts';
import { notices } from './notices.ts';
import type { ProcessingWorkloadParts } from './processing-workload-parts.ts';

export const processingLogGroup = '/aws/sagemaker/ProcessingJobs';
const metricsNamespace = '/aws/sagemaker/ProcessingJobs';
/** From SIGTERM to SIGKILL: as training jobs have it. */
const stopGraceSeconds = 120;

export function compileProcessingWorkload(parts: ProcessingWorkloadParts): Workload {
  const { request, arn, instanceType, instanceCount } = parts;
  const name = request.ProcessingJobName;
  const { region } = scopeOf(arn);
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
    ...(request.NetworkConfig?.EnableNetworkIsolation === true && { networkIsolation: true }),
    environment: {
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      ...request.Environment,
      PROCESSING_JOB_NAME: name,
      PROCESSING_JOB_ARN: arn,
    },
    inputs: (request.ProcessingInputs ?? []).flatMap(input),
    outputs: outputs(request),
    files: configFiles(parts, hosts),
    metricDefinitions: [],
    logs: { group: processingLogGroup, streams: hosts.map((host) => `${name}/${host}-${seconds(parts.createdAt)}`) },
    systemMetrics: { namespace: metricsNamespace, host: `${name}/{host}` },
    stopGraceSeconds,
    notices: [...parts.programNotices, ...notices(parts)],
  };
}

/** What the application manages itself is none of the platform's business. */
function input({ InputName, AppManaged, S3Input: source }: Json<ProcessingInput>): Input[] {
  const path = belowBase(source?.LocalPath ?? '');
  if (AppManaged === true || source === undefined || path === undefined) return [];
  return [
    {
      name: InputName,
      uri: source.S3Uri,
      type: source.S3DataType === 'ManifestFile' ? 'manifest' : 'prefix',
      path,
      distribution: source.S3DataDistributionType === 'ShardedByS3Key' ? 'sharded' : 'replicated',
      transform: source.S3CompressionType === 'Gzip' ? 'gunzip' : 'none',
      ...(source.S3InputMode === 'Pipe' && { delivery: { type: 'pipe', recordio: false, attributes: [] } }),
    },
  ];
}

function outputs({ ProcessingOutputConfig: config }: ProcessingJobSpec['request']): Output[] {
  return (config?.Outputs ?? []).flatMap(({ OutputName, AppManaged, S3Output: to }) => {
    const path = belowBase(to?.LocalPath ?? '');
    if (AppManaged === true || to === undefined || path === undefined) return [];
    const continuous = to.S3UploadMode === 'Continuous';
    return [
      { name: OutputName, path, uri: to.S3Uri, archive: 'none', skipEmpty: true, ...(continuous && { continuous }) },
    ];
  });
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
