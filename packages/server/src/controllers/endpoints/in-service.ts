import type { Deployment, EndpointState, RetiredInstance } from '../../services/sagemaker/endpoints/types.ts';
import type { EndpointStep, StateOf } from './endpoint-step.ts';
import type { InstanceFailure } from './judge-instance.ts';
import { startAndObserve } from './observe.ts';
import { publishRoute } from './publish-route.ts';
import { stepDeployment, type DeploymentProgress } from './step-deployment.ts';

/** Stays InService: what fails is replaced, and gets no requests meanwhile. */
export async function inService(step: EndpointStep, state: StateOf<'InService'>): Promise<EndpointState> {
  const progress = await keepServing(step, state.serving);
  return { ...state, serving: progress.deployment, retired: retiredAfter(state.retired, progress) };
}

/** Looks after the deployment that serves and publishes who of it can. */
export async function keepServing(step: EndpointStep, serving: Deployment): Promise<DeploymentProgress> {
  const observations = await startAndObserve(step, serving);
  const progress = stepDeployment(step.endpoint.name, serving, observations, step.now);
  for (const failure of progress.failures) logFailure(step, failure);
  publishRoute(step.routes, step.endpoint, progress.deployment);
  return progress;
}

export function retiredAfter(retired: readonly RetiredInstance[], progress: DeploymentProgress): RetiredInstance[] {
  return [...retired, ...progress.retired];
}

function logFailure({ resources, endpoint }: EndpointStep, { planned, instance, cause }: InstanceFailure): void {
  resources.logger.warn(
    { endpoint: endpoint.name, variant: planned.name, instance: instance.instanceId, cause },
    'an instance failed and is being replaced',
  );
}
