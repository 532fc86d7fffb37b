import type { HyperparameterTable } from '../hyperparameters/table.ts';

export const hyperparameters = {
  feature_dim: { type: 'integer', required: true, min: 1, doc: 'Features in a row.' },
  num_components: { type: 'integer', required: true, min: 1, doc: 'Principal components; at most feature_dim.' },
  mini_batch_size: {
    type: 'integer',
    required: true,
    min: 1,
    doc: 'Rows that are read at a time; rounded up to what a few megabytes hold. The model does not depend on it but by rounding.',
  },
  algorithm_mode: {
    type: 'choice',
    choices: ['regular', 'randomized'],
    default: 'regular',
    doc: 'regular: exactly, from the covariances of all features, in one pass. randomized: approximately, for many features, in a few passes.',
  },
  extra_components: {
    type: 'integer',
    default: -1,
    min: -1,
    doc: 'randomized only: directions beyond num_components that are followed for exactness; -1 for the larger of 10 and num_components.',
  },
  subtract_mean: { type: 'boolean', default: true, doc: 'Whether components are those of the rows less their mean.' },
} as const satisfies HyperparameterTable;
