import type { HyperparameterTable } from '../hyperparameters/table.ts';

export const hyperparameters = {
  feature_dim: { type: 'integer', required: true, min: 1, doc: 'Features in a row.' },
  k: { type: 'integer', required: true, min: 2, doc: 'Clusters.' },
  epochs: { type: 'integer', default: 1, min: 1, tune: { min: 1, max: 10 }, doc: 'Passes over the training data.' },
  mini_batch_size: {
    type: 'integer',
    default: 5000,
    min: 1,
    tune: { min: 3000, max: 15_000 },
    doc: 'Rows per update of the centers; at least as many as there are centers are used.',
  },
  init_method: {
    type: 'choice',
    choices: ['random', 'kmeans++'],
    default: 'random',
    tune: true,
    doc: 'How the first centers are chosen from the first batch.',
  },
  extra_center_factor: {
    type: 'integer',
    words: ['auto'],
    default: 'auto',
    min: 1,
    tune: { min: 4, max: 10 },
    doc: 'While streaming, k times this many centers are kept; auto goes from 10 for few clusters to 4 for many.',
  },
  half_life_time_size: {
    type: 'integer',
    default: 0,
    min: 0,
    doc: 'After this many further rows a row weighs half; 0 for never.',
  },
  local_lloyd_init_method: {
    type: 'choice',
    choices: ['random', 'kmeans++'],
    default: 'kmeans++',
    doc: 'How the first centers of the final reduction to k are chosen.',
  },
  local_lloyd_max_iter: {
    type: 'integer',
    default: 300,
    min: 1,
    doc: "Iterations of Lloyd's algorithm at most: in the final reduction, and then over the rows where they fit in memory.",
  },
  local_lloyd_num_trials: {
    type: 'integer',
    words: ['auto'],
    default: 'auto',
    min: 1,
    doc: 'Runs of the final reduction, of which the best is kept; auto is 8.',
  },
  local_lloyd_tol: {
    type: 'number',
    default: 0.0001,
    min: 0,
    max: 1,
    doc: "Lloyd's algorithm ends when the loss falls by less than this part.",
  },
  eval_metrics: {
    type: 'list',
    choices: ['msd', 'ssd'],
    default: ['msd'],
    doc: 'Metrics of the test channel: mean and sum of squared distances.',
  },
  force_dense: {
    type: 'boolean',
    default: true,
    doc: 'Sent by the SageMaker Python SDK and not used: rows are always spread out.',
  },
} as const satisfies HyperparameterTable;
