/** Stops and removes the instances that get no more requests, each as soon as it has answered what it was working on. */
import type { RetiredInstance } from '../../services/sagemaker/endpoints/types.ts';
import type { EndpointStep } from './endpoint-step.ts';

/** Longest time that a request may take: whatever is older has been given up by its caller. */
export const drainMs = 60_000;

/**
 * Answers those that are still there. Touches only what is written down as retired: if this step's answer is dropped, the instances that it has just
 * retired must still serve.
 */
export async function drainRetired(
  step: EndpointStep,
  retired: readonly RetiredInstance[],
): Promise<RetiredInstance[]> {
  const written = new Set(step.endpoint.status.retired.map(({ workloadId }) => workloadId));
  const left = await Promise.all(
    retired.map((instance) => (written.has(instance.workloadId) ? drain(step, instance) : Promise.resolve(instance))),
  );
  return left.filter((instance) => instance !== undefined);
}

async function drain(step: EndpointStep, instance: RetiredInstance): Promise<RetiredInstance | undefined> {
  const { workloadId } = instance;
  const engine = step.resources.engines.byName.get(instance.engine);
  const state = await engine?.inspect(workloadId);
  if (engine === undefined || state === undefined) return gone(step, workloadId);
  if (state.instances.every(({ phase }) => phase === 'exited')) {
    await engine.remove(workloadId);
    return gone(step, workloadId);
  }
  if (!instance.stopping && isBusy(step, instance)) {
    step.routes.whenIdle(workloadId, step.wake);
    return instance;
  }
  // Repeated at every step until it has ended: an earlier control plane may have died before it could ask.
  await engine.stop(workloadId);
  return instance.stopping ? instance : { ...instance, stopping: true };
}

function isBusy({ routes, now }: EndpointStep, { workloadId, since }: RetiredInstance): boolean {
  return routes.outstanding(workloadId) > 0 && now.getTime() - Date.parse(since) < drainMs;
}

function gone({ health }: EndpointStep, workloadId: string): undefined {
  health.forget(workloadId);
}
