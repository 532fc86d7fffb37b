import type { ipInsightsHyperparameters } from '@rung/algorithms/ipinsights';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type IPInsightsOptions = AlgorithmOptions &
  Omit<AlgorithmHyperparameters<typeof ipInsightsHyperparameters>, 'featureDim'>;

/** Learns which IPv4 addresses entities use. Channels: train, lines of entity and address; validation, to measure on. */
export class IPInsights extends AlgorithmEstimator {
  constructor(options: IPInsightsOptions) {
    super({ name: 'ipinsights', csvContentType: 'text/csv', labels: 0, needsFeatureDim: false }, options);
  }
}
