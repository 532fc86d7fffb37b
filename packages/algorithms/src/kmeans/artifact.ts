/** `model_algo-1`: one unnamed array of centers, k × feature_dim, in the NDArray container; what SageMaker's own k-means reads and writes. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays } from '../formats/ndarray.ts';

export interface KMeansArtifact {
  readonly k: number;
  readonly columns: number;
  /** k rows of `columns` numbers. */
  readonly centers: Float32Array;
}

const file = 'model_algo-1';

export function writeArtifact({ k, columns, centers }: KMeansArtifact): ModelFiles {
  return new Map([[file, encodeArrays([{ name: '', shape: [k, columns], values: centers }])]]);
}

/** Thrown when the artifact is not one of k-means: ClientError. */
export function readArtifact(files: ModelFiles): KMeansArtifact {
  const bytes = files.get(file);
  if (bytes === undefined) throw new ClientError(`the model has no file ${file}`);
  const [array] = decodeArrays(bytes, file);
  const [k, columns] = array?.shape ?? [];
  if (array === undefined || k === undefined || columns === undefined || k < 1 || columns < 1)
    throw new ClientError(`file ${file} of the model holds no matrix of centers`);
  return { k, columns, centers: array.values };
}
