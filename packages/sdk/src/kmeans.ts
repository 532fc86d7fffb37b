import type { kmeansHyperparameters } from '@rung/algorithms/kmeans';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type KMeansOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof kmeansHyperparameters>;

/** Groups rows into `k` clusters of near ones. Channels: train, and test to measure on. */
export class KMeans extends AlgorithmEstimator {
  constructor(options: KMeansOptions) {
    super({ name: 'kmeans', csvContentType: 'text/csv;label_size=0', labels: 0, needsFeatureDim: true }, options);
  }
}
