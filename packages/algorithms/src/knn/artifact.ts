/** Three files, as SageMaker's own k-NN has them: the index in faiss's format, the labels of its rows, and how to predict. */
import type { ModelFiles } from '../algorithm.ts';
import { ClientError } from '../errors.ts';
import { decodeFaiss, encodeFaiss } from './faiss-file.ts';
import { rowCount, type IndexContent } from './index-content.ts';
import { reductions, type ReductionSettings } from './reduction.ts';

const predictorTypes = ['classifier', 'regressor'] as const;
export type PredictorType = (typeof predictorTypes)[number];

export interface KnnArtifact {
  readonly k: number;
  readonly predictor: PredictorType;
  readonly reduction: ReductionSettings | undefined;
  /** Rows have length one, and queries are to get it: COSINE. */
  readonly normalize: boolean;
  /** Features of a row before any reduction. */
  readonly columns: number;
  readonly index: IndexContent;
  /** A label per row of the index. */
  readonly labels: Float32Array;
}

const file = 'model_algo-1';

export function writeArtifact(artifact: KnnArtifact): ModelFiles {
  const { reduction, labels } = artifact;
  const description = {
    k: artifact.k,
    predictor_type: artifact.predictor,
    dimension_reduction:
      reduction === undefined
        ? null
        : {
            type: reduction.type,
            seed: reduction.seed,
            target_dim: reduction.target,
            input_dim: reduction.columns,
          },
    normalize: artifact.normalize,
    feature_dim: artifact.columns,
    version: '1.0',
  };
  return new Map([
    [file, encodeFaiss(artifact.index)],
    [`${file}.labels`, new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength)],
    [`${file}.json`, new TextEncoder().encode(`${JSON.stringify(description)}\n`)],
  ]);
}

/** `k` and `predictor_type` may have been edited since training. Thrown when the artifact is not one of k-NN: ClientError. */
export function readArtifact(files: ModelFiles): KnnArtifact {
  const get = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new ClientError(`the model has no file ${name}`);
    return bytes;
  };
  const index = decodeFaiss(get(file), file);
  const labels = new Float32Array(new Uint8Array(get(`${file}.labels`)).buffer);
  const rows = rowCount(index);
  if (labels.length !== rows)
    throw new ClientError(
      `file ${file}.labels of the model has ${labels.length} labels for the ${rows} rows of the index`,
    );
  const description = parseDescription(get(`${file}.json`));
  const wrong = (what: string): ClientError => new ClientError(`file ${file}.json of the model: ${what}`);
  const { k, normalize } = description;
  const predictor = predictorTypes.find((type) => type === description['predictor_type']);
  if (typeof k !== 'number' || !Number.isInteger(k) || k < 1 || k > rows)
    throw wrong(`k must be a whole number from 1 to the ${rows} rows of the index`);
  if (predictor === undefined) throw wrong(`predictor_type must be one of ${predictorTypes.join(', ')}`);
  const reduction = parseReduction(description['dimension_reduction'], wrong);
  const columns = reduction?.columns ?? description['feature_dim'] ?? index.columns;
  const width = reduction?.target ?? columns;
  if (typeof columns !== 'number' || typeof width !== 'number' || !(columns >= 1) || width > index.columns)
    throw wrong(`feature_dim or dimension_reduction does not fit the ${index.columns} columns of the index`);
  return { k, predictor, reduction, normalize: normalize === true, columns, index, labels };
}

function parseDescription(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Said below, as for JSON of another form.
  }
  throw new ClientError(`file ${file}.json of the model is not a JSON object`);
}

function parseReduction(value: unknown, wrong: (what: string) => ClientError): ReductionSettings | undefined {
  if (value === null || value === undefined) return undefined;
  const given: Record<string, unknown> = typeof value === 'object' ? { ...value } : {};
  const { seed, target_dim: target, input_dim: columns } = given;
  const type = reductions.find((known) => known === given['type']);
  if (type === undefined || typeof seed !== 'number' || typeof target !== 'number' || typeof columns !== 'number')
    throw wrong('dimension_reduction must have type (sign or fjlt), seed, target_dim and input_dim');
  return { type, seed, target, columns };
}
