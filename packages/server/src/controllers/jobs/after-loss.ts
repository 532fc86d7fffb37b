/** What becomes of a job that the platform lost: pure. */
import type { InstanceState } from '../../engines/workload.ts';
import { lostTooOften } from './outcome.ts';

/** How often a job that the platform lost is started again, when the request says nothing. */
const defaultRetries = 3;
/** A bound for jobs whose workloads vanish again and again without being lost. */
const mostAttempts = 50;
const noTrace = 'The engine has no trace of it.';

export type AfterLoss =
  | { readonly type: 'restart'; readonly attempt: number; readonly losses: number }
  | { readonly type: 'fail'; readonly reason: string };

/** @param detail what the engine said of the loss. */
export function afterLoss(
  { attempt, losses: before = 0 }: { readonly attempt: number; readonly losses?: number },
  detail: string,
  retries = defaultRetries,
): AfterLoss {
  const losses = before + (detail === noTrace ? 0 : 1);
  if (losses > retries || attempt >= mostAttempts) return { type: 'fail', reason: lostTooOften(attempt, detail) };
  return { type: 'restart', attempt: attempt + 1, losses };
}

/** The engine knows nothing of a workload that it took: the last control plane was shut down in order, or the machine was set up anew. */
export function vanished(now: Date): readonly InstanceState[] {
  const at = now.toISOString();
  const exit = { reason: 'lost', message: noTrace } as const;
  return [{ index: 0, phase: 'exited', transitions: [{ phase: 'exited', at }], exit, finalMetrics: [] }];
}
