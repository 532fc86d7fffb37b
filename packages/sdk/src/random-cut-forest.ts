import type { randomCutForestHyperparameters } from '@rung/algorithms/randomcutforest';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type RandomCutForestOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof randomCutForestHyperparameters>;

/** Scores how unlike the others a row is. Channels: train; test, with the label 1 for an anomaly in the first column, to measure the scores on. */
export class RandomCutForest extends AlgorithmEstimator {
  constructor(options: RandomCutForestOptions = {}) {
    super(
      { name: 'randomcutforest', csvContentType: 'text/csv;label_size=0', labels: 0, needsFeatureDim: true },
      options,
    );
  }

  /** Labels are only for measuring: the test channel has them, the train channel does not. */
  protected override csvContentType(channel: string): string {
    return channel === 'test' ? 'text/csv;label_size=1' : super.csvContentType(channel);
  }
}
