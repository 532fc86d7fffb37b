import type { Engine } from '../../engines/engine.ts';
import type { Environments } from '../../environments/environments.ts';
import { versionNotice } from '../../environments/version-notice.ts';
import type { Program, Workload } from '../../engines/workload.ts';
import { findInstanceType } from '../../instances/instance-type.ts';
import type { ObjectStore } from '../../objects/object-store.ts';
import { resolveProgram } from '../../programs/resolve-program.ts';
import { considerWorkload } from '../../services/sagemaker/choose-engine.ts';
import { parseS3Uri } from '../../services/sagemaker/s3-uri.ts';
import type { TrainingJobSpec } from '../../services/sagemaker/training-jobs/types.ts';
import { compileTrainingWorkload } from './compile-workload.ts';

export interface PlannedJob {
  readonly request: TrainingJobSpec['request'];
  readonly arn: string;
  readonly createdAt: Date;
  readonly attempt: number;
}

export interface PreparationGround {
  readonly engine: Engine;
  readonly objects: ObjectStore;
  readonly environments: Environments;
}

export type Preparation =
  | { readonly type: 'workload'; readonly workload: Workload }
  /** `program`: what an engine would have to run, when it is the engine that refuses. */
  | { readonly type: 'refusal'; readonly message: string; readonly program?: Program };

/**
 * Gathers what a job's Workload depends on (its program, the algorithm's metrics, whether checkpoints exist) and compiles it. Create asks it
 * whether the job can run at all; the controller starts what it answers.
 */
export async function prepareWorkload(job: PlannedJob, ground: PreparationGround): Promise<Preparation> {
  const { engine, objects, environments } = ground;
  const { request } = job;
  // Loaded here, not with the server: a control plane that trains no built-in algorithm never needs them.
  const { algorithmNames, loadAlgorithm } = await import('@rung/algorithms');
  const specification = request.AlgorithmSpecification;
  const instanceName = request.ResourceConfig?.InstanceType ?? '';
  const instanceType = findInstanceType(instanceName);
  const resolution = resolveProgram(
    {
      image: specification?.TrainingImage,
      algorithmName: specification?.AlgorithmName,
      entrypoint: specification?.ContainerEntrypoint,
      arguments: specification?.ContainerArguments,
      script: request.HyperParameters?.['sagemaker_program'] !== undefined,
      gpus: Math.min(instanceType?.gpus ?? 0, engine.capabilities.gpus),
    },
    'train',
    algorithmNames,
  );
  if (resolution.type === 'refusal') return resolution;
  if (instanceType === undefined)
    return { type: 'refusal', message: `ResourceConfig.InstanceType: "${instanceName}" is no known instance type.` };
  const { program, asked } = resolution;
  const workload = compileTrainingWorkload({
    ...job,
    program,
    builtInMetrics: program.type === 'algorithm' ? (await loadAlgorithm(program.name)).metrics : [],
    instanceType,
    instanceCount: request.ResourceConfig?.InstanceCount ?? 1,
    capabilities: engine.capabilities,
    hasCheckpoints: await hasCheckpoints(request, objects),
    programNotices: program.type === 'script' ? versionNotice(environments, program.environment, asked) : [],
  });
  const consideration = considerWorkload(engine, workload);
  return consideration.type === 'able' ? { type: 'workload', workload } : consideration;
}

async function hasCheckpoints(request: PlannedJob['request'], objects: ObjectStore): Promise<boolean> {
  const address = request.CheckpointConfig && parseS3Uri(request.CheckpointConfig.S3Uri);
  if (address === undefined || (await objects.headBucket(address.bucket)) === undefined) return false;
  const page = await objects.list(address.bucket, { prefix: address.key, limit: 1 });
  return page.objects.length > 0;
}
