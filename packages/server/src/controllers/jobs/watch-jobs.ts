import type { ServerResources } from '../../resources.ts';
import type { JobKind } from './job-kind.ts';
import type { KindSlots } from './job-slots.ts';
import { parseWorkloadId } from './workload-id.ts';

/** How the environments know a job that waits for one. */
export function waiterOf(kind: JobKind, jobName: string): string {
  return `${kind}/${jobName}`;
}

/** Wakes the jobs of one kind when there is news of their workloads or environments, or a slot for them. Returns the unsubscribe function. */
export function watchJobs(
  kind: JobKind,
  wake: (name: string) => void,
  { engines, environments }: ServerResources,
  slots: KindSlots,
): () => void {
  const anyone = waiterOf(kind, '');
  const unwatch = [
    slots.wakeNext(wake),
    environments.onProgress((waiter) => {
      if (waiter.startsWith(anyone)) wake(waiter.slice(anyone.length));
    }),
    ...[...engines.byName.values()].map((engine) =>
      engine.onChange((id) => {
        const owner = parseWorkloadId(kind, id);
        if (owner !== undefined) wake(owner.name);
      }),
    ),
  ];
  return () => {
    for (const end of unwatch) end();
  };
}
