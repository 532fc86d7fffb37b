/** What the reports of a job's instances mean for the job as a whole: pure. */
import type { SecondaryStatus } from '@rung/wire/types/sagemaker';
import type { InstancePhase, InstanceState } from '../../engines/workload.ts';
import type { FinalMetric, TrainingJobState } from '../../services/sagemaker/training-jobs/types.ts';
import { enter, messages } from './transitions.ts';

const order: readonly InstancePhase[] = ['pending', 'preparing', 'downloading', 'running', 'uploading', 'exited'];

/** What a job shows once all its instances have reached a phase, lowest rung first. */
const rungs: readonly { phase: InstancePhase; status: SecondaryStatus; message: string }[] = [
  { phase: 'preparing', status: 'Starting', message: messages.preparing },
  { phase: 'downloading', status: 'Downloading', message: messages.downloading },
  { phase: 'running', status: 'Training', message: messages.training },
  { phase: 'uploading', status: 'Uploading', message: messages.uploading },
];

/**
 * Climbs every rung that all instances have reached since, at the times they reached them: a job that was fast shows the whole ladder, even
 * when several phases passed between two looks. Answers `state` itself when there is nothing new.
 */
export function climb(state: TrainingJobState, instances: readonly InstanceState[]): TrainingJobState {
  let climbed = state;
  for (const rung of rungs.slice(rungOf(state))) {
    const at = reached(instances, rung.phase);
    if (at === undefined) continue;
    climbed = enter(climbed, rung.status, rung.message, at);
    if (rung.phase === 'downloading' || rung.phase === 'running')
      climbed = { trainingStartTime: at, runStartedAt: at, ...climbed };
  }
  return climbed;
}

/** A stopping job shows only that its outputs are being stored. */
export function climbWhileStopping(state: TrainingJobState, instances: readonly InstanceState[]): TrainingJobState {
  if (state.secondaryStatus !== 'Stopping') return state;
  const at = reached(instances, 'uploading');
  return at === undefined ? state : enter(state, 'Uploading', messages.uploading, at);
}

/** The last value of each metric over all instances, by name. */
export function finalMetrics(instances: readonly InstanceState[]): readonly FinalMetric[] {
  const newest = new Map<string, FinalMetric>();
  for (const metric of instances.flatMap((instance) => instance.finalMetrics)) {
    const known = newest.get(metric.name);
    if (known === undefined || Date.parse(metric.at) > Date.parse(known.at)) newest.set(metric.name, metric);
  }
  return [...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The first rung that is still above the job. */
function rungOf(state: TrainingJobState): number {
  const standing = rungs.findIndex((rung) => rung.status === state.secondaryStatus);
  if (standing <= 0) return 0;
  return standing + 1;
}

/** When the last instance came to `phase`; undefined while one is below it, or when all of them skipped it. */
function reached(instances: readonly InstanceState[], phase: InstancePhase): string | undefined {
  if (!instances.some((instance) => instance.transitions.some((transition) => transition.phase === phase)))
    return undefined;
  let latest: string | undefined;
  for (const instance of instances) {
    const at = instance.transitions.find((transition) => order.indexOf(transition.phase) >= order.indexOf(phase))?.at;
    if (at === undefined) return undefined;
    if (latest === undefined || Date.parse(at) > Date.parse(latest)) latest = at;
  }
  return latest;
}
