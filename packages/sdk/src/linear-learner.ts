import type { linearLearnerHyperparameters } from '@rung/algorithms/linear-learner';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type LinearLearnerOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof linearLearnerHyperparameters>;

/** Linear models for two classes, many classes or a number. Channels: train, with the label in the first column; validation to pick the best model on; test. */
export class LinearLearner extends AlgorithmEstimator {
  constructor(options: LinearLearnerOptions) {
    super({ name: 'linear-learner', csvContentType: 'text/csv', labels: 1, needsFeatureDim: false }, options);
  }
}
