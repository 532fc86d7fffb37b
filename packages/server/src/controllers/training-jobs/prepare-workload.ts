import type { Engine } from '../../engines/engine.ts';
import type { Environments } from '../../environments/environments.ts';
import { versionNotice } from '../../environments/version-notice.ts';
import type { Program, Workload } from '../../engines/workload.ts';
import { resolveProgram } from '../../programs/resolve-program.ts';
import { considerWorkload } from '../../services/sagemaker/choose-engine.ts';
import type { TrainingJobSpec } from '../../services/sagemaker/training-jobs/types.ts';
import { compileTrainingWorkload } from './compile-workload.ts';
import { type InstanceGroup, instanceGroups } from './instance-groups.ts';

export interface PlannedJob {
  readonly request: TrainingJobSpec['request'];
  readonly arn: string;
  readonly createdAt: Date;
  readonly attempt: number;
  /** The job whose instances this attempt gets. */
  readonly warmedBy?: string | undefined;
}

export interface PreparationGround {
  readonly engine: Engine;
  readonly environments: Environments;
}

export type Preparation =
  | { readonly type: 'workload'; readonly workload: Workload }
  /** `program`: what an engine would have to run, when it is the engine that refuses. */
  | { readonly type: 'refusal'; readonly message: string; readonly program?: Program };

/**
 * Gathers what a job's Workload depends on (its program, its instances, the algorithm's metrics) and compiles it. Create asks it
 * whether the job can run at all; the controller starts what it answers.
 */
export async function prepareWorkload(job: PlannedJob, ground: PreparationGround): Promise<Preparation> {
  const { engine, environments } = ground;
  const { request } = job;
  // Loaded here, not with the server: a control plane that trains no built-in algorithm never needs them.
  const { algorithmNames, loadAlgorithm } = await import('@rung/algorithms');
  const specification = request.AlgorithmSpecification;
  const groups = instanceGroups(request.ResourceConfig);
  const resolution = resolveProgram(
    {
      image: specification?.TrainingImage,
      algorithmName: specification?.AlgorithmName,
      entrypoint: specification?.ContainerEntrypoint,
      arguments: specification?.ContainerArguments,
      script: request.HyperParameters?.['sagemaker_program'] !== undefined,
      gpus: Math.min(mostGpus(groups), engine.capabilities.gpus),
    },
    'train',
    algorithmNames,
  );
  if (resolution.type === 'refusal') return resolution;
  if (typeof groups === 'string')
    return { type: 'refusal', message: `ResourceConfig.InstanceType: "${groups}" is no known instance type.` };
  const { program, asked } = resolution;
  const workload = compileTrainingWorkload({
    ...job,
    program,
    builtInMetrics: program.type === 'algorithm' ? (await loadAlgorithm(program.name)).metrics : [],
    groups,
    capabilities: engine.capabilities,
    programNotices: program.type === 'script' ? versionNotice(environments, program.environment, asked) : [],
  });
  const consideration = considerWorkload(engine, workload);
  return consideration.type === 'able' ? { type: 'workload', workload } : consideration;
}

function mostGpus(groups: readonly InstanceGroup[] | string): number {
  return typeof groups === 'string' ? 0 : Math.max(...groups.map(({ type }) => type.gpus));
}
