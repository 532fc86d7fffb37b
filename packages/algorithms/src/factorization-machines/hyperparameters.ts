import type { HyperparameterTable } from '../hyperparameters/table.ts';

const tuned = { min: 1e-8, max: 512, scaling: 'Logarithmic' } as const;

export const hyperparameters = {
  feature_dim: {
    type: 'integer',
    required: true,
    min: 1,
    doc: 'Features in a row: keys of sparse rows are below. Memory grows with it.',
  },
  num_factors: {
    type: 'integer',
    required: true,
    min: 1,
    doc: 'Factors of a feature: two features interact by the dot product of their factors.',
  },
  predictor_type: {
    type: 'choice',
    choices: ['binary_classifier', 'regressor'],
    required: true,
    doc: 'What is predicted: one of two classes (labels 0 and 1), or a number.',
  },
  epochs: { type: 'integer', default: 1, min: 1, tune: { min: 1, max: 1000 }, doc: 'Passes over the training data.' },
  mini_batch_size: {
    type: 'integer',
    default: 1000,
    min: 1,
    tune: { min: 100, max: 10_000 },
    doc: 'Rows per update, on each host.',
  },
  bias_lr: { type: 'number', default: 0.1, min: 0, tune: tuned, doc: 'Learning rate of the bias.' },
  linear_lr: { type: 'number', default: 0.001, min: 0, tune: tuned, doc: 'Learning rate of the linear weights.' },
  factors_lr: { type: 'number', default: 0.0001, min: 0, tune: tuned, doc: 'Learning rate of the factors.' },
  bias_wd: { type: 'number', default: 0.01, min: 0, tune: tuned, doc: 'Weight decay (L2) of the bias.' },
  linear_wd: {
    type: 'number',
    default: 0.001,
    min: 0,
    tune: tuned,
    doc: 'Weight decay (L2) of the linear weights; a weight decays in the updates whose rows have its feature.',
  },
  factors_wd: {
    type: 'number',
    default: 0.00001,
    min: 0,
    tune: tuned,
    doc: 'Weight decay (L2) of the factors, in the same updates.',
  },
  bias_init_method: method('bias'),
  bias_init_scale: scale('bias'),
  bias_init_sigma: sigma('bias', 0.01),
  bias_init_value: value('bias'),
  linear_init_method: method('linear weights'),
  linear_init_scale: scale('linear weights'),
  linear_init_sigma: sigma('linear weights', 0.01),
  linear_init_value: value('linear weights'),
  factors_init_method: method('factors'),
  factors_init_scale: scale('factors'),
  factors_init_sigma: sigma('factors', 0.001),
  factors_init_value: value('factors'),
  clip_gradient: {
    type: 'number',
    above: 0,
    doc: 'Every number of a gradient, with its weight decay, is cut to between -clip_gradient and clip_gradient; by default it is not.',
  },
  rescale_grad: {
    type: 'number',
    above: 0,
    doc: 'The sum of the gradients of the rows in an update is multiplied by this; by default it is divided by the number of rows.',
  },
  eps: {
    type: 'number',
    default: 1e-8,
    above: 0,
    doc: 'Joins the divisor of a step, which must not be 0.',
  },
} as const satisfies HyperparameterTable;

function method(what: string) {
  return {
    type: 'choice',
    choices: ['normal', 'uniform', 'constant'],
    default: 'normal',
    doc: `How the first ${what} are chosen${what === 'factors' ? '; factors that are all equal stay so' : ''}.`,
  } as const;
}

function scale(what: string) {
  return {
    type: 'number',
    default: 0.07,
    min: 0,
    tune: tuned,
    doc: `uniform: the first ${what} lie between -scale and scale.`,
  } as const;
}

function sigma<Sigma extends number>(what: string, byDefault: Sigma) {
  return {
    type: 'number',
    default: byDefault,
    min: 0,
    tune: tuned,
    doc: `normal: standard deviation of the first ${what}.`,
  } as const;
}

function value(what: string) {
  return { type: 'number', default: 0, tune: tuned, doc: `constant: the first ${what}.` } as const;
}
