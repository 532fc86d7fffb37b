import type { ProductionVariant } from '@rung/wire/types/sagemaker';
import { versionNotice } from '../../../environments/version-notice.ts';
import { findInstanceType, type InstanceType } from '../../../instances/instance-type.ts';
import type { Json } from '../../../json.ts';
import type { ServerResources } from '../../../resources.ts';
import { makeArn, type ArnScope } from '../arns.ts';
import { notFound, validationError } from '../errors.ts';
import { chooseServingEngine } from '../models/choose-serving-engine.ts';
import { modelInputs } from '../models/model-artifact.ts';
import { servingContainer, servingProgram } from '../models/serving-container.ts';
import { compileTemplate } from '../models/serving-template.ts';
import type { DeploymentPlan, PlannedVariant } from './types.ts';

export interface PlanRequest {
  readonly endpointName: string;
  readonly endpointConfigName: string;
  readonly generation: number;
  readonly scope: ArnScope;
}

/** SageMaker's own limit where the configuration names none. */
const defaultStartupTimeoutSeconds = 240;

/** Resolves a configuration and its models. Thrown when one of them is gone, or when no engine here can run a variant. */
export async function planDeployment(resources: ServerResources, request: PlanRequest): Promise<DeploymentPlan> {
  const { store, clock } = resources;
  const config = await store.get('endpoint-config', request.endpointConfigName);
  if (config === undefined) {
    throw notFound.endpointConfig(makeArn('endpoint-config', request.endpointConfigName, request.scope));
  }
  const variants: PlannedVariant[] = [];
  for (const variant of config.spec.ProductionVariants) variants.push(await planVariant(resources, request, variant));
  return {
    generation: request.generation,
    endpointConfigName: request.endpointConfigName,
    requestedAt: clock.now().toISOString(),
    variants,
  };
}

async function planVariant(
  resources: ServerResources,
  { endpointName, scope }: PlanRequest,
  variant: Json<ProductionVariant>,
): Promise<PlannedVariant> {
  const { VariantName: name, ModelName: modelName = '' } = variant;
  const model = await resources.store.get('model', modelName);
  if (model === undefined) throw notFound.model(makeArn('model', modelName, scope));
  const instanceType = findInstanceType(variant.InstanceType ?? '');
  if (instanceType === undefined)
    throw validationError(`Instance type ${variant.InstanceType} of variant ${name} is not known.`);
  const container = servingContainer(model.spec);
  const offered = resources.engines.default.capabilities.gpus;
  const gpus = Math.min(instanceType.gpus, offered);
  const { program, asked } = await servingProgram(container.definition, gpus);
  const template = compileTemplate({
    endpointName,
    definition: container.definition,
    program,
    inputs: modelInputs(container.definition, program),
    limits: {
      vcpus: instanceType.vcpus,
      memoryBytes: instanceType.memoryBytes,
      gpus,
    },
    notices: [
      ...gpuNotices(instanceType, offered, resources.config.strict),
      ...(program.type === 'script' ? versionNotice(resources.environments, program.environment, asked) : []),
    ],
    networkIsolation: model.spec.EnableNetworkIsolation === true,
  });
  const engine = await chooseServingEngine(resources.engines, template);
  return {
    name,
    modelName,
    containerName: container.name,
    image: container.definition.Image ?? '',
    instanceType: instanceType.name,
    weight: variant.InitialVariantWeight ?? 1,
    instanceCount: variant.InitialInstanceCount ?? 1,
    engine: engine.name,
    startupTimeoutSeconds: variant.ContainerStartupHealthCheckTimeoutInSeconds ?? defaultStartupTimeoutSeconds,
    template,
  };
}

/** Thrown under `strict` when the machine lacks what the instance type has. */
function gpuNotices(instanceType: InstanceType, offered: number, strict: boolean): string[] {
  if (instanceType.gpus <= offered) return [];
  const lack = `${instanceType.name} has ${instanceType.gpus === 1 ? '1 GPU' : `${instanceType.gpus} GPUs`}, this machine offers ${offered}`;
  if (strict) throw validationError(`${lack}. Choose another instance type, or set strict to false to serve without.`);
  return [`${lack}: the program runs without what is missing.`];
}
