import type { UpdateEndpointInput, UpdateEndpointOutput, VariantPropertyType } from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound } from '../errors.ts';
import { checkDeploymentConfig } from './check-deployment-config.ts';
import { newDeployment } from './new-deployment.ts';
import { planDeployment } from './plan-deployment.ts';
import { requireInService } from './require-in-service.ts';
import type { Deployment, DeploymentPlan } from './types.ts';

/** Brings up a new generation beside the one that serves. Thrown when the endpoint is not in service, or as CreateEndpoint would. */
export async function updateEndpoint(
  resources: ServerResources,
  input: UpdateEndpointInput,
  context: RequestContext,
): Promise<UpdateEndpointOutput> {
  const { store, clock } = resources;
  const { EndpointName: name, EndpointConfigName: endpointConfigName } = input;
  checkDeploymentConfig(input.DeploymentConfig);
  const arn = makeArn('endpoint', name, context);
  const endpoint = await store.get('endpoint', name);
  if (endpoint === undefined) throw notFound.endpoint(arn);
  const { serving } = requireInService(endpoint);
  const generation = endpoint.spec.plan.generation + 1;
  const resolved = await planDeployment(resources, {
    endpointName: name,
    endpointConfigName,
    generation,
    scope: context,
  });
  const plan = input.RetainAllVariantProperties === true ? retain(resolved, serving, excluded(input)) : resolved;
  const now = clock.now();
  const pending = newDeployment(name, plan, now);
  const updated = await store.update('endpoint', name, (current) => {
    const state = requireInService(current);
    const { deploymentConfig: before } = current.spec;
    const asked = input.DeploymentConfig ?? (input.RetainDeploymentConfig === true ? before : undefined);
    return {
      spec: { plan, ...(asked !== undefined && { deploymentConfig: asked }) },
      status: { status: 'Updating', serving: state.serving, pending, retired: current.status.retired },
      phase: 'Updating',
      due: now,
    };
  });
  if (updated === undefined) throw notFound.endpoint(arn);
  return { EndpointArn: updated.arn };
}

function excluded(input: UpdateEndpointInput): ReadonlySet<VariantPropertyType> {
  return new Set(input.ExcludeRetainedVariantProperties?.map((property) => property.VariantPropertyType));
}

/** Variants that keep their name keep their instance count and weight, unless these are excluded. */
function retain(plan: DeploymentPlan, serving: Deployment, without: ReadonlySet<VariantPropertyType>): DeploymentPlan {
  const variants = plan.variants.map((variant) => {
    const before = serving.plan.variants.find(({ name }) => name === variant.name);
    if (before === undefined) return variant;
    return {
      ...variant,
      ...(!without.has('DesiredInstanceCount') && { instanceCount: before.instanceCount }),
      ...(!without.has('DesiredWeight') && { weight: before.weight }),
    };
  });
  return { ...plan, variants };
}
