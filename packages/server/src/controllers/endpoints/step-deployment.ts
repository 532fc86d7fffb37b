/** Moves the instances of a deployment towards what its plan wants: pure. */
import { newInstance } from '../../services/sagemaker/endpoints/new-deployment.ts';
import { retire } from '../../services/sagemaker/endpoints/retire.ts';
import type {
  DeployedInstance,
  DeployedVariant,
  Deployment,
  PlannedVariant,
  RetiredInstance,
} from '../../services/sagemaker/endpoints/types.ts';
import { judgeInstance, type InstanceFailure } from './judge-instance.ts';
import type { Observations } from './observe.ts';

export interface DeploymentProgress {
  readonly deployment: Deployment;
  /** Failed or surplus instances. */
  readonly retired: readonly RetiredInstance[];
  /** What failed since the last step; each has a replacement in {@link deployment}. */
  readonly failures: readonly InstanceFailure[];
  /** Every variant has its instances, and all of them are healthy. */
  readonly complete: boolean;
}

const firstBackoffMs = 1000;
const longestBackoffMs = 60_000;

export function stepDeployment(
  endpointName: string,
  deployment: Deployment,
  observations: Observations,
  now: Date,
): DeploymentProgress {
  const retired: RetiredInstance[] = [];
  const failures: InstanceFailure[] = [];
  const variants = deployment.plan.variants.map((planned, at): DeployedVariant => {
    const current = deployment.variants[at] ?? { name: planned.name, weight: planned.weight, instances: [] };
    const living = current.instances.map((instance) => {
      const observed = observations.get(instance.workloadId);
      if (observed === undefined) return instance;
      const verdict = judgeInstance(planned, instance, observed, now);
      if (verdict.type === 'goes-on') return verdict.instance;
      failures.push(verdict.failure);
      retired.push(retire(instance, planned.engine, now));
      return replacement(endpointName, instance, now);
    });
    const { kept, surplus } = resize(endpointName, living, planned, now);
    retired.push(...surplus.map((instance) => retire(instance, planned.engine, now)));
    return { name: planned.name, weight: planned.weight, instances: kept };
  });
  const complete = variants.every(({ instances }) => instances.every(({ state }) => state === 'healthy'));
  return { deployment: { ...deployment, variants }, retired, failures, complete };
}

function replacement(endpointName: string, failed: DeployedInstance, now: Date): DeployedInstance {
  const failures = failed.failures + 1;
  // The first replacement comes at once; a place where instances fail again and again waits longer and longer.
  const delay = failures === 1 ? 0 : Math.min(firstBackoffMs * 2 ** (failures - 2), longestBackoffMs);
  return newInstance(endpointName, new Date(now.getTime() + delay), failures);
}

/** Takes away those that are not healthy yet before those that serve, and the youngest first. */
function resize(
  endpointName: string,
  living: readonly DeployedInstance[],
  { instanceCount }: PlannedVariant,
  now: Date,
): { kept: DeployedInstance[]; surplus: DeployedInstance[] } {
  const missing = Math.max(0, instanceCount - living.length);
  const added = Array.from({ length: missing }, () => newInstance(endpointName, now));
  const ranked = [
    ...living.filter(({ state }) => state === 'healthy'),
    ...living.filter(({ state }) => state !== 'healthy'),
  ];
  const surplus = new Set(ranked.slice(instanceCount));
  return { kept: [...living.filter((instance) => !surplus.has(instance)), ...added], surplus: [...surplus] };
}
