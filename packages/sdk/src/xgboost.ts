import type { xgboostHyperparameters } from '@rung/algorithms/xgboost';
import { AlgorithmEstimator, type AlgorithmHyperparameters, type AlgorithmOptions } from './algorithm-estimator.ts';

export type XGBoostOptions = AlgorithmOptions & AlgorithmHyperparameters<typeof xgboostHyperparameters>;

/**
 * The built-in XGBoost: boosted trees for numbers, classes, counts, survival times and rankings. Channels: train, and validation to measure on
 * and to stop early by. A script of one's own with XGBoost is `XGBoostScript`.
 */
export class XGBoost extends AlgorithmEstimator {
  constructor(options: XGBoostOptions) {
    super({ name: 'xgboost', csvContentType: 'text/csv', labels: 1, needsFeatureDim: false }, options);
  }
}
