import type { DeployedInstance, Deployment, RetiredInstance } from './types.ts';

/** Every instance of a deployment, to be stopped once it has finished what it is working on. */
export function retireAll(deployment: Deployment, now: Date): RetiredInstance[] {
  return deployment.variants.flatMap((variant, at) =>
    variant.instances.map((instance) => retire(instance, deployment.plan.variants[at]?.engine ?? '', now)),
  );
}

export function retire(instance: DeployedInstance, engine: string, now: Date): RetiredInstance {
  return { workloadId: instance.workloadId, engine, since: now.toISOString(), stopping: false };
}
