/** `model_algo-1`: the arrays `mean` (1 × feature_dim), `s` (k singular values, ascending) and `v` (feature_dim × k, columns in the order of `s`), as SageMaker's PCA names them. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays } from '../formats/ndarray.ts';

export interface PcaArtifact {
  readonly columns: number;
  readonly components: number;
  /** Subtracted from a row before it is projected; zeros where the mean is not subtracted. */
  readonly mean: Float32Array;
  /** Singular values of the training rows (less their mean), ascending. */
  readonly singular: Float32Array;
  /** `columns` rows of `components` numbers. */
  readonly directions: Float32Array;
}

const file = 'model_algo-1';

export function writeArtifact({ columns, components, mean, singular, directions }: PcaArtifact): ModelFiles {
  const arrays = [
    { name: 'mean', shape: [1, columns], values: mean },
    { name: 's', shape: [components], values: singular },
    { name: 'v', shape: [columns, components], values: directions },
  ];
  return new Map([[file, encodeArrays(arrays)]]);
}

/** Thrown when the artifact is not one of PCA: ClientError. */
export function readArtifact(files: ModelFiles): PcaArtifact {
  const bytes = files.get(file);
  if (bytes === undefined) throw new ClientError(`the model has no file ${file}`);
  const arrays = new Map(decodeArrays(bytes, file).map((array) => [array.name, array]));
  const directions = arrays.get('v');
  const [columns = 0, components = 0] = directions?.shape ?? [];
  if (directions === undefined || columns < 1 || components < 1)
    throw new ClientError(`file ${file} of the model holds no matrix v of directions`);
  const mean = arrays.get('mean')?.values ?? new Float32Array(columns);
  const singular = arrays.get('s')?.values ?? new Float32Array(components);
  if (mean.length !== columns || singular.length !== components)
    throw new ClientError(`file ${file} of the model: mean and s do not fit v of ${columns} × ${components}`);
  return { columns, components, mean, singular, directions: directions.values };
}
