/**
 * The model folder: `xgboost-model`, XGBoost's own file in UBJ, or `xgboost-model-0`, `xgboost-model-1` … of a cross-validation. A folder without
 * these may hold one or several models under names of the user's own, as in AWS's container.
 */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import type { Booster } from './booster.ts';
import { readModel, writeModel } from './model-file.ts';

const name = 'xgboost-model';

export function writeArtifact(boosters: readonly Booster[]): ModelFiles {
  return new Map(
    boosters.map((booster, fold) => [boosters.length === 1 ? name : `${name}-${fold}`, writeModel(booster)]),
  );
}

/** The models, in the order of their names. Thrown when there is none, or one that cannot be read: ClientError. */
export function readArtifact(files: ModelFiles): Booster[] {
  const top = [...files.keys()].filter((path) => !path.includes('/') && path !== 'algorithm.json');
  const ours = top.filter((path) => /^xgboost-model(-\d+)?$/.test(path));
  const paths = (ours.length > 0 ? ours : top).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (paths.length === 0) throw new ClientError(`the model has no file ${name}`);
  return paths.map((path) => readModel(files.get(path) ?? new Uint8Array(0), path));
}
