import type { HyperparameterTable } from '../hyperparameters/table.ts';

export const hyperparameters = {
  feature_dim: { type: 'integer', required: true, min: 1, max: 10_000, doc: 'Features in a row.' },
  num_trees: {
    type: 'integer',
    default: 100,
    min: 50,
    max: 1000,
    tune: { min: 50, max: 1000 },
    doc: 'Trees in the forest; more make scores steadier.',
  },
  num_samples_per_tree: {
    type: 'integer',
    default: 256,
    min: 1,
    max: 2048,
    tune: { min: 1, max: 2048 },
    doc: 'Rows that each tree is grown over, drawn at random; its inverse should be near the share of anomalies in the data.',
  },
  eval_metrics: {
    type: 'list',
    choices: ['accuracy', 'precision_recall_fscore'],
    default: ['accuracy', 'precision_recall_fscore'],
    doc: 'Metrics of the test channel, where a score more than three deviations above the mean score counts as an anomaly.',
  },
  mini_batch_size: {
    type: 'integer',
    default: 1000,
    min: 1,
    doc: 'Sent by the SageMaker Python SDK and not used: rows are read one after another, once.',
  },
} as const satisfies HyperparameterTable;
