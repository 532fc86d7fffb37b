/** When a spot job loses its instances: pure, so that a control plane that comes back knows the same. */
import { createHash } from 'node:crypto';
import type { TrainingJob, TrainingJobState } from '../../services/sagemaker/training-jobs/types.ts';
import type { SpotSettings } from './spot-settings.ts';

/**
 * In milliseconds of the epoch; `undefined` for never. At once when somebody asked for it; else at random, at the rate of the configuration:
 * the time between two interruptions is exponentially distributed, and depends on seed, job and attempt alone.
 */
export function nextInterruption(
  { name, spec }: Pick<TrainingJob, 'name' | 'spec'>,
  { attempt, runStartedAt }: Pick<TrainingJobState, 'attempt' | 'runStartedAt'>,
  { interruptionsPerHour, seed }: SpotSettings,
): number | undefined {
  if (spec.interrupt?.attempt === attempt) return Date.parse(spec.interrupt.at);
  if (spec.request.EnableManagedSpotTraining !== true || interruptionsPerHour === 0 || runStartedAt === undefined)
    return undefined;
  const hours = -Math.log(1 - uniform(`${seed}/${name}/${attempt}`)) / interruptionsPerHour;
  // Whole milliseconds: a moment between two of them would be looked at for ever.
  return Math.ceil(Date.parse(runStartedAt) + hours * 3_600_000);
}

/** From 0 to below 1. */
function uniform(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}
