import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { knn } from './index.ts';

const places = [
  [10, 0, 0, -5, 2],
  [-10, 4, 0, 0, 2],
  [0, -8, 9, 0, 0],
];
const random = new Random(7);
const labels = Array.from({ length: 300 }, () => random.below(places.length));
const features = labels.map((label) =>
  (places[label] ?? []).map((value) =>
    value === 0 && random.uniform() < 0.5 ? 0 : Math.round((value + random.normal() / 4) * 64) / 64 + 0,
  ),
);

checkAlgorithm(knn, {
  hyperparameters: { k: '3', feature_dim: '5', sample_size: '200', predictor_type: 'classifier' },
  rows: { features, labels },
  wrongLabel: 0.5,
  csvType: 'text/csv;label_size=1',
  responseKeys: ['predicted_label'],
  metrics: ['test:accuracy'],
  checkQuality: (predictions) => {
    predictions.forEach((row, at) => assert.equal(row['predicted_label'], labels[at]));
  },
});
