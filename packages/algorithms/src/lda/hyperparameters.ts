import type { HyperparameterTable } from '../hyperparameters/table.ts';

export const hyperparameters = {
  num_topics: { type: 'integer', required: true, min: 1, tune: { min: 1, max: 150 }, doc: 'Topics to find.' },
  feature_dim: { type: 'integer', required: true, min: 1, doc: 'Words of the vocabulary: numbers in a row.' },
  mini_batch_size: {
    type: 'integer',
    required: true,
    min: 1,
    doc: 'Documents in the training data, as SageMaker asks for. All documents are used, whatever it says; it serves to estimate the memory.',
  },
  alpha0: {
    type: 'number',
    default: 1,
    above: 0,
    tune: { min: 0.1, max: 10, scaling: 'Logarithmic' },
    doc: 'Sum of the Dirichlet prior of a document: small for documents of few topics, large for mixtures of many.',
  },
  max_restarts: {
    type: 'integer',
    default: 10,
    min: 1,
    doc: 'Random starts from which each component of the tensor is looked for; the best one counts.',
  },
  max_iterations: {
    type: 'integer',
    default: 1000,
    min: 1,
    doc: 'Iterations at most until a component of the tensor is found.',
  },
  tol: {
    type: 'number',
    default: 1e-8,
    above: 0,
    doc: 'A component is found when an iteration moves it by no more than this.',
  },
} as const satisfies HyperparameterTable;
