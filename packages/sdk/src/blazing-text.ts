import type { blazingtextHyperparameters } from '@rung/algorithms/blazingtext';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type BlazingTextOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof blazingtextHyperparameters>;

/**
 * Vectors of words, or a classifier of sentences, from text with a sentence per line. Channels: train; validation (with `mode: 'supervised'`); evaluation,
 * pairs of words to measure vectors with.
 */
export class BlazingText extends AlgorithmEstimator {
  constructor(options: BlazingTextOptions) {
    super({ name: 'blazingtext', csvContentType: 'text/plain', labels: 0, needsFeatureDim: false }, options);
  }
}
