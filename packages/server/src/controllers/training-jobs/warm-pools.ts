/**
 * The instances that ended jobs keep for others (KeepAlivePeriodInSeconds). What is kept is a folder of the engine's; which of them are to be
 * had stands in the jobs that left them, and is known here so that no start has to search for them.
 */
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { Json } from '../../json.ts';
import type { ServerResources } from '../../resources.ts';
import type { TrainingJob, WarmPoolState } from '../../services/sagemaker/training-jobs/types.ts';

export class WarmPools {
  /** What a job must ask for to get what this job left, oldest first. */
  readonly #available = new Map<string, string>();

  offer(job: TrainingJob): void {
    this.#available.set(job.name, conditions(job));
  }

  withdraw(name: string): void {
    this.#available.delete(name);
  }

  /** Whose instances the job may have. */
  matching(job: TrainingJob): string | undefined {
    if (this.#available.size === 0) return undefined;
    const wanted = conditions(job);
    return [...this.#available].find(([, offered]) => offered === wanted)?.[0];
  }
}

/** Moves the oldest matching pool to the job; answers whose it was. Another control plane, or its end, may be faster. */
export async function claimPool(
  job: TrainingJob,
  pools: WarmPools,
  { store, clock }: ServerResources,
): Promise<string | undefined> {
  for (let name = pools.matching(job); name !== undefined; name = pools.matching(job)) {
    let claimed = false;
    await store.update('training-job', name, (owner) => {
      const pool = owner.status.warmPool;
      claimed = pool?.status === 'Available';
      if (pool?.status !== 'Available') return undefined;
      const retainedSeconds = secondsSince(pool.since, clock.now());
      const reused: WarmPoolState = { status: 'Reused', by: job.name, retainedSeconds };
      return { status: { ...owner.status, warmPool: reused }, due: null };
    });
    pools.withdraw(name);
    if (claimed) return name;
  }
  return undefined;
}

/** When nobody can have the pool any more, in milliseconds of the epoch. */
export function poolEnd({ spec }: TrainingJob, since: string): number {
  return Date.parse(since) + (spec.request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0) * 1000;
}

export function secondsSince(since: string, now: Date): number {
  return Math.max(0, Math.ceil((now.getTime() - Date.parse(since)) / 1000));
}

/** What a control plane does first: finds what is kept, and frees what nobody can have. */
export async function findPools({ engines, store }: ServerResources, pools: WarmPools): Promise<void> {
  for (const engine of engines.byName.values()) {
    for (const name of await engine.retained()) {
      const owner = await store.get('training-job', name);
      const pool = owner?.status.warmPool;
      const ownsIt = owner?.spec.engine === engine.name;
      if (owner !== undefined && ownsIt && pool?.status === 'Available') pools.offer(owner);
      else if (!ownsIt || !(await isAwaited(owner, { store }))) await engine.discard(name);
    }
  }
}

/** A job that has just ended, or one that was to start with it, has not come to it yet. */
async function isAwaited(owner: TrainingJob, { store }: Pick<ServerResources, 'store'>): Promise<boolean> {
  const pool = owner.status.warmPool;
  if (pool === undefined) return true;
  if (pool.status !== 'Reused') return false;
  const next = await store.get('training-job', pool.by);
  return next?.status.warmedBy === owner.name && next.status.launchedAt === undefined;
}

/** SageMaker's conditions for a job to match a pool. */
function conditions({ spec: { engine, request } }: TrainingJob): string {
  const { ResourceConfig: config } = request;
  const same: Json<Partial<CreateTrainingJobRequest>> = {
    RoleArn: request.RoleArn,
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    ...(request.VpcConfig && { VpcConfig: request.VpcConfig }),
  };
  const instances = [config?.InstanceType, config?.InstanceCount, config?.VolumeSizeInGB, config?.VolumeKmsKeyId ?? ''];
  // Clusters of several types are never kept, and never begin with what was kept.
  return JSON.stringify([engine, same, instances, config?.InstanceGroups ?? []]);
}
