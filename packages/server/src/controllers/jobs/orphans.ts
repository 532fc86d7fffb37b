/** What a control plane does first: finds out what runs already, and removes what nobody owns. */
import type { ServerResources } from '../../resources.ts';
import type { Resource } from '../../store/resource.ts';
import type { JobKind } from './job-kind.ts';
import type { KindSlots } from './job-slots.ts';
import { parseWorkloadId } from './workload-id.ts';

/**
 * A workload is owned when its job exists, has not ended, and is in this very attempt. Everything else is left of a process that died between
 * two steps, or of a job that was deleted.
 */
export async function sweepAndSeed(kind: JobKind, resources: ServerResources, slots: KindSlots): Promise<void> {
  const { store, engines, logger } = resources;
  for (const engine of engines.byName.values()) {
    for (const id of await engine.list()) {
      const owner = parseWorkloadId(kind, id);
      if (owner === undefined) continue;
      const job = await store.get(kind, owner.name);
      if (job?.spec.engine === engine.name && !hasEnded(job) && owner.attempt === job.status.attempt) {
        slots.occupy(job.name);
        continue;
      }
      logger.warn({ workload: id, engine: engine.name }, 'a workload without a job is removed');
      await engine.remove(id);
    }
  }
  for await (const job of inProgress(kind, resources))
    if (job.status.launchedAt === undefined) slots.wait(job.name, job.createdAt);
}

function hasEnded({ status: { status } }: Resource<JobKind>): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped';
}

/** Oldest first, so that the queue keeps its order over a restart. */
async function* inProgress(kind: JobKind, { store }: ServerResources): AsyncGenerator<Resource<JobKind>> {
  let token: string | undefined;
  do {
    const query = { phase: 'InProgress', sortBy: 'created', order: 'ascending', limit: 1000 } as const;
    const page = await store.list(kind, { ...query, ...(token !== undefined && { token }) });
    yield* page.items;
    token = page.next;
  } while (token !== undefined);
}
