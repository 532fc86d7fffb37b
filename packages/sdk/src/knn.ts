import type { knnHyperparameters } from '@rung/algorithms/knn';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type KNNOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof knnHyperparameters>;

/** Predicts a class or a number from the labels of the `k` nearest rows. Channels: train, with the label in the first column; test to measure on. */
export class KNN extends AlgorithmEstimator {
  constructor(options: KNNOptions) {
    super({ name: 'knn', csvContentType: 'text/csv', labels: 1, needsFeatureDim: true }, options);
  }
}
