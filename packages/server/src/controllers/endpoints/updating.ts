import { retireAll } from '../../services/sagemaker/endpoints/retire.ts';
import type { Deployment, EndpointState } from '../../services/sagemaker/endpoints/types.ts';
import { bringUp } from './creating.ts';
import type { EndpointStep, StateOf } from './endpoint-step.ts';
import { failureReason } from './failure-reason.ts';
import { keepServing, retiredAfter } from './in-service.ts';
import { publishRoute } from './publish-route.ts';
import type { DeploymentProgress } from './step-deployment.ts';

/** → InService, with the new generation once all of it is healthy, or with the old one and a reason when it cannot be. */
export async function updating(step: EndpointStep, state: StateOf<'Updating'>): Promise<EndpointState> {
  const old = await keepServing(step, state.serving);
  const retired = retiredAfter(state.retired, old);
  if (state.pending === undefined) return rescale(step, old, retired);
  const rise = await bringUp(step, state.pending);
  if (rise.failure !== undefined) {
    const reason = await failureReason(rise.failure, step.resources.logs);
    return {
      status: 'InService',
      serving: old.deployment,
      failureReason: reason,
      retired: [...retired, ...rise.retired],
    };
  }
  retired.push(...rise.retired);
  if (!rise.complete) return { status: 'Updating', serving: old.deployment, pending: rise.deployment, retired };
  publishRoute(step.routes, step.endpoint, rise.deployment);
  return {
    status: 'InService',
    serving: rise.deployment,
    retired: [...retired, ...retireAll(old.deployment, step.now)],
  };
}

/** Starts of one place after which a wish for more instances is given up. */
const rescaleTries = 3;

/** Weights and instance counts in place: done when every variant has its instances. */
async function rescale(
  step: EndpointStep,
  progress: DeploymentProgress,
  retired: StateOf<'Updating'>['retired'],
): Promise<EndpointState> {
  const serving = progress.deployment;
  if (progress.complete) return { status: 'InService', serving, retired };
  const hopeless = progress.failures.find(
    ({ instance }) => instance.state === 'starting' && instance.failures + 1 >= rescaleTries,
  );
  if (hopeless === undefined) return { status: 'Updating', serving, retired };
  const reason = await failureReason(hopeless, step.resources.logs);
  return { status: 'InService', serving: withHealthyCounts(serving), failureReason: reason, retired };
}

/** The plan asks for no more than what came up, and for one instance at least; the next step takes away what is too many. */
function withHealthyCounts(serving: Deployment): Deployment {
  const variants = serving.plan.variants.map((planned, at) => {
    const healthy = serving.variants[at]?.instances.filter(({ state }) => state === 'healthy').length ?? 0;
    return { ...planned, instanceCount: Math.max(1, healthy) };
  });
  return { ...serving, plan: { ...serving.plan, variants } };
}
