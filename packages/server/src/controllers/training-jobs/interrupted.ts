import type { TrainingJob, TrainingJobState } from '../../services/sagemaker/training-jobs/types.ts';
import { vanished } from '../jobs/after-loss.ts';
import { engineOf } from '../jobs/engine-of.ts';
import { outcomeOf } from '../jobs/outcome.ts';
import { maxWaitOf } from './deadline.ts';
import {
  type Change,
  currentWorkload,
  finish,
  memoryOf,
  nextAttempt,
  pollMs,
  type StepContext,
  write,
} from './steps.ts';
import { enter, messages } from './transitions.ts';

/** Says that the instances are taken away. The next step does it. */
export function interrupt(state: TrainingJobState, now: Date): Change {
  const at = now.toISOString();
  return write({ ...enter(state, 'Interrupted', messages.interrupted, at), interruptedAt: at }, now);
}

/**
 * Interrupted: the program has been told to end, and stores its checkpoints. Then the job starts again, on instances that know nothing of the
 * earlier ones. A program that was done before the signal reached it is Completed, or has Failed.
 */
export async function interrupted(job: TrainingJob, { resources }: StepContext): Promise<Change> {
  const now = resources.clock.now();
  const engine = engineOf(job, resources);
  const id = currentWorkload(job);
  const instances = (await engine.inspect(id))?.instances ?? vanished(now);
  const outcome = outcomeOf(instances, memoryOf(job));
  if (outcome?.type === 'lost') return resume(job.status, outcome.at, now);
  if (outcome?.type === 'stopped') return resume(job.status, outcome.at, now);
  if (outcome !== undefined) return finish(job.status, outcome, now);
  const deadline = maxWaitOf(job);
  if (deadline <= now.getTime()) {
    const timeout = 'MaxWaitTimeExceeded';
    const stopping = enter(job.status, 'Stopping', messages[timeout], now.toISOString());
    return write({ ...stopping, status: 'Stopping', timeout }, now);
  }
  await engine.stop(id, { interrupt: { graceSeconds: resources.config.spot.graceSeconds } });
  return { due: new Date(Math.min(now.getTime() + pollMs, deadline)) };
}

/** The next attempt waits for its turn like the first. */
export function resume(state: TrainingJobState, endedAt: string, now: Date): Change {
  const starting = enter(state, 'Starting', messages.starting, now.toISOString());
  return write({ ...nextAttempt(starting, endedAt), interruptions: (state.interruptions ?? 0) + 1 }, now);
}
