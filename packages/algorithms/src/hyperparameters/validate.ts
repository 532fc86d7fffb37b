import type { Algorithm } from '../algorithm.ts';
import { loadAlgorithm } from '../algorithms.ts';
import { invalidHyperparameters, parseHyperparameters } from './parse.ts';
import type { HyperparametersOf, HyperparameterTable, platformHyperparameters } from './table.ts';

/** Checks the map of a training job before it starts, without loading the algorithm's training. Thrown when something is wrong: ClientError. */
export async function validateHyperparameters(
  algorithm: string,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  readHyperparameters(await loadAlgorithm(algorithm), given);
}

/** The typed values, checked by the table and by the algorithm itself. Thrown when something is wrong: ClientError. */
export function readHyperparameters<T extends HyperparameterTable>(
  algorithm: Algorithm<T>,
  given: Readonly<Record<string, string>>,
): HyperparametersOf<T> & HyperparametersOf<typeof platformHyperparameters> {
  const values = parseHyperparameters(algorithm.hyperparameters, given);
  const problem = algorithm.checkHyperparameters?.(values);
  if (problem !== undefined) throw invalidHyperparameters([problem]);
  return values;
}
