import type { Engine } from '../../engines/engine.ts';
import type { Program, Workload } from '../../engines/workload.ts';
import type { Environments } from '../../environments/environments.ts';
import { versionNotice } from '../../environments/version-notice.ts';
import { findInstanceType } from '../../instances/instance-type.ts';
import { builtInRepositories } from '../../programs/known-images.ts';
import { resolveProgram } from '../../programs/resolve-program.ts';
import { considerWorkload } from '../../services/sagemaker/choose-engine.ts';
import { compileProcessingWorkload } from './compile-workload.ts';
import type { ProcessingWorkloadParts } from './processing-workload-parts.ts';

export type PlannedJob = Pick<ProcessingWorkloadParts, 'request' | 'arn' | 'createdAt' | 'attempt'>;

export type Preparation =
  | { readonly type: 'workload'; readonly workload: Workload }
  /** `program`: what an engine would have to run, when it is the engine that refuses. */
  | { readonly type: 'refusal'; readonly message: string; readonly program?: Program };

/** Finds out what a job runs, and compiles its Workload. Create asks whether the job can run at all; the controller starts what is answered. */
export function prepareWorkload(
  job: PlannedJob,
  { engine, environments }: { readonly engine: Engine; readonly environments: Environments },
): Preparation {
  const { AppSpecification: application, ProcessingResources } = job.request;
  const { InstanceType: instanceName = '', InstanceCount: instanceCount = 1 } = ProcessingResources.ClusterConfig;
  const instanceType = findInstanceType(instanceName);
  if (instanceType === undefined)
    return { type: 'refusal', message: `ClusterConfig.InstanceType: "${instanceName}" is no known instance type.` };
  const resolution = resolveProgram(
    {
      image: application.ImageUri,
      entrypoint: application.ContainerEntrypoint,
      arguments: application.ContainerArguments,
      gpus: Math.min(instanceType.gpus, engine.capabilities.gpus),
    },
    'process',
    // None of them does any processing, so it is the same which of them exist.
    Object.values(builtInRepositories),
  );
  if (resolution.type === 'refusal') return resolution;
  const { program, asked } = resolution;
  if (program.type === 'script' && program.command === undefined) return { type: 'refusal', message: noEntrypoint };
  const workload = compileProcessingWorkload({
    ...job,
    program,
    programNotices: program.type === 'script' ? versionNotice(environments, program.environment, asked) : [],
    instanceType,
    instanceCount,
    capabilities: engine.capabilities,
  });
  const consideration = considerWorkload(engine, workload);
  return consideration.type === 'able' ? { type: 'workload', workload } : consideration;
}

const noEntrypoint =
  'AppSpecification.ContainerEntrypoint is required with the image of a framework: name the program and its script, e.g. ["python3", "/opt/ml/processing/input/code/preprocess.py"].';
