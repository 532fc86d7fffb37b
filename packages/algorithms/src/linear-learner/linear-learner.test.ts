import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { linearLearner } from './index.ts';

const random = new Random(11);
const features = Array.from({ length: 300 }, () =>
  Array.from({ length: 5 }, (_, column) =>
    column > 2 && random.uniform() < 0.4 ? 0 : Math.round(random.normal() * 64) / 64 + column,
  ),
);
const labels = features.map(([a = 0, b = 0, c = 0]) => (2 * a - 3 * (b - 1) + (c - 2) > 0 ? 1 : 0));

checkAlgorithm(linearLearner, {
  hyperparameters: { predictor_type: 'binary_classifier', feature_dim: '5', mini_batch_size: '100', num_models: '9' },
  rows: { features, labels },
  wrongLabel: 2,
  interruptAt: /epoch=4, train objective_loss/,
  csvType: 'text/csv',
  responseKeys: ['score', 'predicted_label'],
  metrics: [
    'train:objective_loss',
    'validation:objective_loss',
    'validation:binary_classification_accuracy',
    'test:objective_loss',
    'test:binary_classification_accuracy',
    'test:binary_f_beta',
    'test:precision',
    'test:recall',
    'test:roc_auc_score',
  ],
  checkQuality: (predictions) => {
    const right = predictions.filter((row, index) => row['predicted_label'] === labels[index]).length;
    assert.ok(right >= 0.97 * labels.length, `${right} of ${labels.length} rows are right`);
  },
});
