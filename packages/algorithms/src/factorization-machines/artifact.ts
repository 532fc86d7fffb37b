/**
 * `model_algo-1`: arrays `v` (feature_dim × num_factors), `w1_weight` (feature_dim × 1) and `w0_weight` (1) in the NDArray container, the names that
 * SageMaker's own artifacts have. Beside it `model_algo-1.json`: the predictor type.
 */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays } from '../formats/ndarray.ts';

export type Predictor = 'binary_classifier' | 'regressor';

export interface FactorizationArtifact {
  readonly predictor: Predictor;
  readonly columns: number;
  readonly factors: number;
  /** `columns` rows of `factors` numbers. */
  readonly factorValues: Float32Array;
  readonly linear: Float32Array;
  readonly bias: number;
}

const file = 'model_algo-1';
const description = 'model_algo-1.json';

export function writeArtifact({
  predictor,
  columns,
  factors,
  factorValues,
  linear,
  bias,
}: FactorizationArtifact): ModelFiles {
  return new Map([
    [
      file,
      encodeArrays([
        { name: 'v', shape: [columns, factors], values: factorValues },
        { name: 'w1_weight', shape: [columns, 1], values: linear },
        { name: 'w0_weight', shape: [1], values: Float32Array.of(bias) },
      ]),
    ],
    [description, new TextEncoder().encode(`${JSON.stringify({ predictor_type: predictor })}\n`)],
  ]);
}

/** Thrown when the artifact is not one of factorization-machines: ClientError. */
export function readArtifact(files: ModelFiles): FactorizationArtifact {
  const arrays = decodeArrays(fileOf(files, file), file);
  const [v, w1, w0] = ['v', 'w1_weight', 'w0_weight'].map((name) => arrays.find((array) => array.name === name));
  if (v === undefined || w1 === undefined || w0 === undefined)
    throw new ClientError(`file ${file} of the model has no arrays v, w1_weight and w0_weight`);
  const [columns, factors] = v.shape;
  const bias = w0.values[0];
  if (columns === undefined || factors === undefined || bias === undefined || w1.values.length !== columns)
    throw new ClientError(`file ${file} of the model: the shapes of v, w1_weight and w0_weight do not fit`);
  return { predictor: readPredictor(files), columns, factors, factorValues: v.values, linear: w1.values, bias };
}

function readPredictor(files: ModelFiles): Predictor {
  let words: unknown;
  try {
    words = JSON.parse(Buffer.from(fileOf(files, description)).toString('utf8'));
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw new ClientError(`file ${description} of the model is not valid JSON`, { cause });
  }
  const predictor =
    typeof words === 'object' && words !== null && 'predictor_type' in words ? words.predictor_type : undefined;
  if (predictor !== 'binary_classifier' && predictor !== 'regressor')
    throw new ClientError(
      `file ${description} of the model does not name the predictor_type of factorization machines`,
    );
  return predictor;
}

function fileOf(files: ModelFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new ClientError(`the model has no file ${name}`);
  return bytes;
}
