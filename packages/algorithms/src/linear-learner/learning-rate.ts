import type { LinearHyperparameters } from './settings.ts';

const automaticMinimum = 0.001;
/** Where the automatic factor brings the last epoch's rate, in parts of the first. */
const automaticEnd = 0.02;

export interface Progress {
  readonly updates: number;
  /** Passes over the data, where one without improvement counts for more: smaller steps may still gain what larger ones overshoot. */
  readonly passes: number;
}

export function passesFor(given: LinearHyperparameters, improved: boolean): number {
  return improved ? 1 : 1 + (given.epochs - 1) / 5;
}

/** What is left of a first learning rate. */
export function learningRateAt(given: LinearHyperparameters, firstRate: number, progress: Progress): number {
  if (!given.use_lr_scheduler) return firstRate;
  const falls =
    given.lr_scheduler_step === 'auto' ? progress.passes : Math.floor(progress.updates / given.lr_scheduler_step);
  const factor = given.lr_scheduler_factor === 'auto' ? automaticFactor(given) : given.lr_scheduler_factor;
  const minimum =
    given.lr_scheduler_minimum_lr === 'auto' ? firstRate * automaticMinimum : given.lr_scheduler_minimum_lr;
  return Math.max(Math.min(minimum, firstRate), firstRate * factor ** falls);
}

/** By pass over the data so that the last one ends low; by number of updates, which may be many, gently. */
function automaticFactor({ epochs, lr_scheduler_step: step }: LinearHyperparameters): number {
  return step === 'auto' ? automaticEnd ** (1 / Math.max(1, epochs - 1)) : 0.99;
}
