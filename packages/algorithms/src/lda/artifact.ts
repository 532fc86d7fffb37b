/** `model_algo-1`: the arrays `alpha` (num_topics) and `beta` (num_topics × feature_dim; each row sums to 1), as SageMaker's LDA writes them. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays } from '../formats/ndarray.ts';

export interface LdaArtifact {
  readonly topics: number;
  readonly words: number;
  /** The Dirichlet prior of a document. */
  readonly alpha: Float32Array;
  /** `topics` rows of the probabilities of `words` words. */
  readonly beta: Float32Array;
}

const file = 'model_algo-1';

export function writeArtifact({ topics, words, alpha, beta }: LdaArtifact): ModelFiles {
  const arrays = [
    { name: 'alpha', shape: [topics], values: alpha },
    { name: 'beta', shape: [topics, words], values: beta },
  ];
  return new Map([[file, encodeArrays(arrays)]]);
}

/** SageMaker's own files name no arrays; alpha is the first. Thrown when the artifact is not one of LDA: ClientError. */
export function readArtifact(files: ModelFiles): LdaArtifact {
  const bytes = files.get(file);
  if (bytes === undefined) throw new ClientError(`the model has no file ${file}`);
  const arrays = decodeArrays(bytes, file);
  const alpha = arrays.find(({ name }) => name === 'alpha') ?? arrays[0];
  const beta = arrays.find(({ name }) => name === 'beta') ?? arrays[1];
  const [topics = 0, words = 0] = beta?.shape ?? [];
  if (alpha === undefined || beta === undefined || topics < 1 || words < 1 || alpha.values.length !== topics)
    throw new ClientError(`file ${file} of the model holds no alpha and beta of topics`);
  return { topics, words, alpha: alpha.values, beta: beta.values };
}
