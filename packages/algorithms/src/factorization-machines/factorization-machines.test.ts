import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { factorizationMachines } from './index.ts';

const random = new Random(17);
/** Six columns of mostly zeros; the label is an interaction, which no linear model finds. */
const features = Array.from({ length: 600 }, () =>
  Array.from({ length: 6 }, (_, column) =>
    column < 2 ? (random.uniform() < 0.5 ? -1 : 1) : random.uniform() < 0.6 ? 0 : random.below(5) / 4,
  ),
);
const labels = features.map(([a = 0, b = 0]) => (a * b > 0 ? 1 : 0));

checkAlgorithm(factorizationMachines, {
  hyperparameters: {
    predictor_type: 'binary_classifier',
    feature_dim: '6',
    num_factors: '3',
    mini_batch_size: '100',
    epochs: '20',
    factors_lr: '0.05',
    linear_lr: '0.01',
    factors_init_sigma: '0.1',
  },
  rows: { features, labels },
  wrongLabel: 3,
  responseKeys: ['score', 'predicted_label'],
  metrics: [
    'train:binary_classification_cross_entropy',
    'test:binary_classification_accuracy',
    'test:binary_classification_cross_entropy',
    'test:binary_f_beta',
  ],
  interruptAt: /epoch=7, train binary_classification_accuracy/,
  checkQuality: (predictions) => {
    const right = predictions.filter((row, index) => row['predicted_label'] === labels[index]).length;
    assert.ok(right >= 0.97 * labels.length, `${right} of ${labels.length} rows are right`);
  },
});
