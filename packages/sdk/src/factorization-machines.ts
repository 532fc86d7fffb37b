import type { factorizationMachinesHyperparameters } from '@rung/algorithms/factorization-machines';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';
import type { DeployOptions } from './model.ts';
import type { Predictor } from './predictor.ts';

export type FactorizationMachinesOptions = AlgorithmOptions &
  AlgorithmHyperparameters<typeof factorizationMachinesHyperparameters>;

/**
 * Two classes or a number from sparse features and their interactions. Channels: train; test to measure on. Rows in memory may be sparse, and then `featureDim`
 * must be given; files are RecordIO-protobuf, because the algorithm takes no CSV.
 */
export class FactorizationMachines extends AlgorithmEstimator {
  constructor(options: FactorizationMachinesOptions) {
    const facts = { csvContentType: 'application/x-recordio-protobuf', labels: 1, needsFeatureDim: true } as const;
    super({ name: 'factorization-machines', ...facts }, options);
  }

  /** The predictor sends rows as JSON. */
  override deploy(options: DeployOptions = {}): Promise<Predictor> {
    return super.deploy({ contentType: 'application/json', ...options });
  }
}
