/**
 * `model_algo-1`: arrays `weight` (outputs × feature_dim) and `bias` (outputs) in the NDArray container, for features as they come. Beside it
 * `model_algo-1.json`: predictor type, loss, and the threshold of a binary classifier.
 */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeArrays, encodeArrays } from '../formats/ndarray.ts';
import { lossesOf, type Loss, type Predictor } from './losses.ts';

export interface LinearArtifact {
  readonly predictor: Predictor;
  readonly loss: Loss;
  /** Of a binary classifier: scores from here on mean label 1. */
  readonly threshold: number;
  /** 1, or the number of classes. */
  readonly outputs: number;
  readonly columns: number;
  /** `outputs` rows of `columns` numbers. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

const file = 'model_algo-1';
const description = 'model_algo-1.json';

export function writeArtifact(artifact: LinearArtifact): ModelFiles {
  const { predictor, loss, threshold, outputs, columns, weights, biases } = artifact;
  const words = { predictor_type: predictor, loss, ...(predictor === 'binary_classifier' ? { threshold } : {}) };
  return new Map([
    [
      file,
      encodeArrays([
        { name: 'weight', shape: [outputs, columns], values: weights },
        { name: 'bias', shape: [outputs], values: biases },
      ]),
    ],
    [description, new TextEncoder().encode(`${JSON.stringify(words)}\n`)],
  ]);
}

/** Thrown when the artifact is not one of linear-learner: ClientError. */
export function readArtifact(files: ModelFiles): LinearArtifact {
  const arrays = decodeArrays(fileOf(files, file), file);
  const weight = arrays.find(({ name }) => name === 'weight');
  const bias = arrays.find(({ name }) => name === 'bias');
  const [outputs, columns] = weight?.shape ?? [];
  if (weight === undefined || bias === undefined || outputs === undefined || columns === undefined)
    throw new ClientError(`file ${file} of the model has no arrays weight and bias`);
  if (outputs < 1 || columns < 1 || bias.values.length !== outputs)
    throw new ClientError(`file ${file} of the model: the shapes of weight and bias do not fit`);
  return { ...readDescription(files, outputs), outputs, columns, weights: weight.values, biases: bias.values };
}

function readDescription(files: ModelFiles, outputs: number): Pick<LinearArtifact, 'predictor' | 'loss' | 'threshold'> {
  const words = parse(Buffer.from(fileOf(files, description)).toString('utf8'));
  const predictor = predictors.find((known) => known === words['predictor_type']);
  const loss = predictor === undefined ? undefined : lossesOf(predictor).find((known) => known === words['loss']);
  const threshold = predictor === 'binary_classifier' ? words['threshold'] : 0;
  if (predictor === undefined || loss === undefined || typeof threshold !== 'number')
    throw new ClientError(`file ${description} of the model does not describe a linear-learner model`);
  if (predictor === 'multiclass_classifier' ? outputs < 2 : outputs !== 1)
    throw new ClientError(`file ${file} of the model has ${outputs} outputs, which a ${predictor} cannot have`);
  return { predictor, loss, threshold };
}

const predictors = ['binary_classifier', 'multiclass_classifier', 'regressor'] as const;

function fileOf(files: ModelFiles, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new ClientError(`the model has no file ${name}`);
  return bytes;
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw new ClientError(`file ${description} of the model is not valid JSON`, { cause });
  }
  throw new ClientError(`file ${description} of the model does not hold an object`);
}
