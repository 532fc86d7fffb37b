import type { Random } from '../random.ts';
import type { LinearHyperparameters } from './settings.ts';

/** Where the descent begins. */
export interface FirstWeights {
  readonly method: 'uniform' | 'normal';
  readonly scale: number;
  readonly bias: number;
}

export function firstWeights(given: LinearHyperparameters): FirstWeights {
  const method = given.init_method;
  return { method, scale: method === 'uniform' ? given.init_scale : given.init_sigma, bias: given.init_bias };
}

export function firstWeight({ method, scale }: FirstWeights, random: Random): number {
  return scale * (method === 'uniform' ? 2 * random.uniform() - 1 : random.normal());
}
