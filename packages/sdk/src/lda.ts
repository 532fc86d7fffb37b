import type { ldaHyperparameters } from '@rung/algorithms/lda';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type LDAOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof ldaHyperparameters>;

/** Finds `numTopics` topics in documents, given as counts of words. Channels: train, and test to measure on. */
export class LDA extends AlgorithmEstimator {
  constructor(options: LDAOptions) {
    super(
      {
        name: 'lda',
        csvContentType: 'text/csv;label_size=0',
        labels: 0,
        needsFeatureDim: true,
        digitNames: ['alpha0'],
      },
      options,
    );
  }
}
