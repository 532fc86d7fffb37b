/** When an endpoint must be looked at again although no hint comes: pure. */
import type { Deployment, EndpointState } from '../../services/sagemaker/endpoints/types.ts';
import { drainMs } from './drain-retired.ts';

/** Finds what no hint told of. */
const safetyNetMs = 60_000;
/** While instances end: how they do is an engine's affair, and its hints are best effort. */
const endingStepMs = 500;
/** While instances start: hints tell of every phase, this only bounds the harm of a lost one. */
const startingStepMs = 5000;

/** `null`: never, until a handler asks. */
export function nextLook(state: EndpointState, now: Date): Date | null {
  if (state.status === 'Failed' && state.retired.length === 0) return null;
  const moments = [now.getTime() + safetyNetMs];
  if ('serving' in state) moments.push(...startingMoments(state.serving, now));
  if ('pending' in state && state.pending !== undefined) moments.push(...startingMoments(state.pending, now));
  for (const { stopping, since } of state.retired) {
    moments.push(stopping ? now.getTime() + endingStepMs : Math.max(Date.parse(since) + drainMs, now.getTime() + 1));
  }
  return new Date(Math.min(...moments));
}

function startingMoments(deployment: Deployment, now: Date): number[] {
  const moments: number[] = [];
  deployment.variants.forEach(({ instances }, at) => {
    const timeoutMs = (deployment.plan.variants[at]?.startupTimeoutSeconds ?? 0) * 1000;
    for (const { state, startAt, runningSince } of instances) {
      if (state === 'healthy') continue;
      const start = Date.parse(startAt);
      moments.push(start > now.getTime() ? start : now.getTime() + startingStepMs);
      if (runningSince !== undefined) moments.push(Math.max(Date.parse(runningSince) + timeoutMs, now.getTime() + 1));
    }
  });
  return moments;
}
