import type { HyperparameterTable } from '../hyperparameters/table.ts';

/** What faiss_index_pq_m may be. */
export const codeSizes: readonly number[] = [1, 2, 3, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 96];

export const hyperparameters = {
  feature_dim: { type: 'integer', required: true, min: 1, doc: 'Features in a row.' },
  k: {
    type: 'integer',
    required: true,
    min: 1,
    tune: { min: 1, max: 1024 },
    doc: 'Neighbors that a prediction is made from.',
  },
  predictor_type: {
    type: 'choice',
    choices: ['classifier', 'regressor'],
    required: true,
    doc: 'What is made of the labels of the neighbors: the label that most of them have, or their mean.',
  },
  sample_size: {
    type: 'integer',
    required: true,
    min: 1,
    tune: { min: 256, max: 20_000_000 },
    doc: 'Rows of the training data that are kept, chosen at random; all of them where there are fewer.',
  },
  dimension_reduction_type: {
    type: 'choice',
    choices: ['sign', 'fjlt'],
    doc: 'Projects the rows at random to fewer dimensions: by a matrix of signs, or by the fast Johnson-Lindenstrauss transform. Left out: the rows stay as they are.',
  },
  dimension_reduction_target: {
    type: 'integer',
    min: 1,
    requiredWhen: { name: 'dimension_reduction_type', is: ['sign', 'fjlt'] },
    doc: 'Dimensions to reduce to; less than feature_dim.',
  },
  index_type: {
    type: 'choice',
    choices: ['faiss.Flat', 'faiss.IVFFlat', 'faiss.IVFPQ'],
    default: 'faiss.Flat',
    doc: 'Compares with all rows, with the rows of the nearest lists, or with codes of the rows of the nearest lists.',
  },
  index_metric: {
    type: 'choice',
    choices: ['L2', 'INNER_PRODUCT', 'COSINE'],
    default: 'L2',
    doc: 'What makes rows near; faiss.IVFPQ knows L2 only.',
  },
  faiss_index_ivf_nlists: {
    type: 'integer',
    words: ['auto'],
    default: 'auto',
    min: 1,
    doc: 'Lists of faiss.IVFFlat and faiss.IVFPQ; auto is the square root of sample_size, or of the rows where there are fewer.',
  },
  faiss_index_pq_m: {
    type: 'integer',
    min: 1,
    max: 96,
    doc: `Bytes of a code of faiss.IVFPQ: one of ${codeSizes.join(', ')}. Where it does not divide the dimensions, these are increased: by zeros, or by a larger dimension_reduction_target. Left out: the largest that leaves four dimensions to a byte.`,
  },
  mini_batch_size: {
    type: 'integer',
    default: 5000,
    min: 1,
    doc: 'Rows of the test channel that are predicted together.',
  },
} as const satisfies HyperparameterTable;
