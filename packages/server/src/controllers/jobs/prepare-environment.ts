import type { Program } from '../../engines/workload.ts';
import type { Environments } from '../../environments/environments.ts';
import { longestFailureReason } from './outcome.ts';

export type EnvironmentReadiness =
  | { readonly type: 'ready' }
  /** Others go first meanwhile: the build needs no slot. */
  | { readonly type: 'building'; readonly message: string }
  | { readonly type: 'failed'; readonly reason: string };

/** How far the environment is that a job's script runs in; begins to make it when it is not there. Never waits itself. */
export function prepareEnvironment(program: Program, waiter: string, environments: Environments): EnvironmentReadiness {
  if (program.type !== 'script') return { type: 'ready' };
  const state = environments.prepare(program.environment, waiter);
  switch (state.type) {
    case 'ready':
      return state;
    case 'failed':
      return { type: 'failed', reason: shorten(`InternalServerError: ${state.reason}`) };
    case 'building':
      return {
        type: 'building',
        message: `Preparing environment ${program.environment.name}: ${state.progress.step}`,
      };
  }
}

/** An installer says what is wrong in its last lines, so the middle goes. */
function shorten(reason: string): string {
  if (reason.length <= longestFailureReason) return reason;
  const head = reason.slice(0, 160);
  return `${head} … ${reason.slice(-(longestFailureReason - head.length - 3))}`;
}
