import type { LinearHyperparameters } from './settings.ts';

const automaticMinimum = 0.001;
/** Where the automatic factor brings the last epoch's rate, in parts of the first. */
const automaticEnd = 0.02;

/** The part of a first learning rate that is left after a number of updates. */
export function learningRateAt(
  given: LinearHyperparameters,
  firstRate: number,
  progress: { readonly updates: number; readonly epoch: number },
): number {
  if (!given.use_lr_scheduler) return firstRate;
  const falls =
    given.lr_scheduler_step === 'auto' ? progress.epoch : Math.floor(progress.updates / given.lr_scheduler_step);
  const factor = given.lr_scheduler_factor === 'auto' ? automaticFactor(given) : given.lr_scheduler_factor;
  const minimum =
    given.lr_scheduler_minimum_lr === 'auto' ? firstRate * automaticMinimum : given.lr_scheduler_minimum_lr;
  return Math.max(Math.min(minimum, firstRate), firstRate * factor ** falls);
}

/** By pass over the data so that the last one ends low; by number of updates, which may be many, gently. */
function automaticFactor({ epochs, lr_scheduler_step: step }: LinearHyperparameters): number {
  return step === 'auto' ? automaticEnd ** (1 / Math.max(1, epochs - 1)) : 0.99;
}
