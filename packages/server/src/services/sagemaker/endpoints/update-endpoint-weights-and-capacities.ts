import type {
  DesiredWeightAndCapacity,
  UpdateEndpointWeightsAndCapacitiesInput,
  UpdateEndpointWeightsAndCapacitiesOutput,
} from '@rung/wire/types/sagemaker';
import type { ServerResources } from '../../../resources.ts';
import type { RequestContext } from '../../service.ts';
import { makeArn } from '../arns.ts';
import { notFound, validationError } from '../errors.ts';
import { requireInService } from './require-in-service.ts';
import type { Deployment } from './types.ts';

/** Changes the deployment that serves, in place. Thrown when the endpoint is not in service or has no variant of a given name. */
export async function updateEndpointWeightsAndCapacities(
  { store, clock }: ServerResources,
  { EndpointName: name, DesiredWeightsAndCapacities: desired }: UpdateEndpointWeightsAndCapacitiesInput,
  context: RequestContext,
): Promise<UpdateEndpointWeightsAndCapacitiesOutput> {
  const updated = await store.update('endpoint', name, (current) => {
    const state = requireInService(current);
    return {
      status: { status: 'Updating', serving: applyDesired(state.serving, desired), retired: state.retired },
      phase: 'Updating',
      due: clock.now(),
    };
  });
  if (updated === undefined) throw notFound.endpoint(makeArn('endpoint', name, context));
  return { EndpointArn: updated.arn };
}

function applyDesired(serving: Deployment, desired: readonly DesiredWeightAndCapacity[]): Deployment {
  const variants = [...serving.plan.variants];
  for (const change of desired) {
    const at = variants.findIndex((variant) => variant.name === change.VariantName);
    const variant = variants[at];
    if (variant === undefined) {
      const known = variants.map(({ name }) => name).join(', ');
      throw validationError(`The endpoint has no variant named ${change.VariantName}. Its variants are: ${known}.`);
    }
    if (change.ServerlessUpdateConfig !== undefined) {
      throw validationError(`Variant ${variant.name} is not serverless: give DesiredWeight and DesiredInstanceCount.`);
    }
    if (change.DesiredInstanceCount !== undefined && change.DesiredInstanceCount < 1) {
      throw validationError(`DesiredInstanceCount of variant ${variant.name} must be at least 1.`);
    }
    variants[at] = {
      ...variant,
      weight: change.DesiredWeight ?? variant.weight,
      instanceCount: change.DesiredInstanceCount ?? variant.instanceCount,
    };
  }
  return { ...serving, plan: { ...serving.plan, variants } };
}
