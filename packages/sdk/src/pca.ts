import type { pcaHyperparameters } from '@rung/algorithms/pca';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type PCAOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof pcaHyperparameters>;

/** Reduces rows to their places along the `numComponents` directions in which they vary most. Channels: train, and test to measure on. */
export class PCA extends AlgorithmEstimator {
  constructor(options: PCAOptions) {
    super({ name: 'pca', csvContentType: 'text/csv;label_size=0', labels: 0, needsFeatureDim: true }, options);
  }
}
