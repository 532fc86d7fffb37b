import type { HyperparametersOf } from '../hyperparameters/table.ts';
import type { TrainContext } from '../program/train-context.ts';
import type { hyperparameters as table } from './hyperparameters.ts';

export type FactorizationHyperparameters = HyperparametersOf<typeof table>;
export type FactorizationContext = TrainContext<FactorizationHyperparameters>;

/** Of Adam: Kingma and Ba, 2015. */
export const BETA_1 = 0.9;
export const BETA_2 = 0.999;

export interface FirstValues {
  /** As the kernels number them: constant, uniform, normal. */
  readonly method: 0 | 1 | 2;
  /** The constant, the bound, or the standard deviation. */
  readonly size: number;
}

export function firstValues(given: FactorizationHyperparameters, group: 'bias' | 'linear' | 'factors'): FirstValues {
  switch (given[`${group}_init_method`]) {
    case 'constant':
      return { method: 0, size: given[`${group}_init_value`] };
    case 'uniform':
      return { method: 1, size: given[`${group}_init_scale`] };
    case 'normal':
      return { method: 2, size: given[`${group}_init_sigma`] };
  }
}

/** Numbers from one group of a feature's to the next: its factors, its linear weight, and zeros to a multiple of four. */
export function strideOf(factors: number): number {
  return Math.ceil((factors + 1) / 4) * 4;
}
