import { randomBytes } from 'node:crypto';
import type { DeployedInstance, Deployment, DeploymentPlan } from './types.ts';

/** The plan with an instance in every place, none of which is started yet. */
export function newDeployment(endpointName: string, plan: DeploymentPlan, now: Date): Deployment {
  return {
    plan,
    startedAt: now.toISOString(),
    variants: plan.variants.map((variant) => ({
      name: variant.name,
      weight: variant.weight,
      instances: Array.from({ length: variant.instanceCount }, () => newInstance(endpointName, now)),
    })),
  };
}

/** @param failures of the instances that were in this place before, one after the other. */
export function newInstance(endpointName: string, startAt: Date, failures = 0): DeployedInstance {
  const instanceId = `i-${randomBytes(9).toString('hex').slice(0, 17)}`;
  return {
    instanceId,
    workloadId: `endpoint/${endpointName}/${instanceId}`,
    state: 'starting',
    startAt: startAt.toISOString(),
    failures,
  };
}
