import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { pca } from './index.ts';

// Five features that two hidden numbers decide, but for a little noise.
const loadings = [
  [3, 0],
  [2, -1],
  [0, 0.5],
  [1, 1],
  [0, 0],
];
const random = new Random(5);
const features = Array.from({ length: 400 }, () => {
  const hidden = [random.normal() * 4, random.normal()];
  return loadings.map(([a = 0, b = 0]) => {
    const value = a * (hidden[0] ?? 0) + b * (hidden[1] ?? 0) + random.normal() / 20;
    return a === 0 && random.uniform() < 0.2 ? 0 : Math.round(value * 64) / 64;
  });
});

for (const mode of ['regular', 'randomized'])
  checkAlgorithm(pca, {
    hyperparameters: { feature_dim: '5', num_components: '2', mini_batch_size: '100', algorithm_mode: mode },
    rows: { features },
    csvType: 'text/csv;label_size=0',
    responseKeys: ['projection'],
    collection: 'projections',
    metrics: ['train:explained_variance_ratio', 'test:reconstruction_error', 'test:explained_variance_ratio'],
    checkQuality: (predictions) => {
      const kept = predictions.map((row) => [row['projection']].flat());
      const variances = [0, 1].map((at) => kept.reduce((sum, row) => sum + Number(row[at]) ** 2, 0) / kept.length);
      assert.ok((variances[1] ?? 0) > 180, 'the last number is that of the strongest component');
      assert.ok((variances[0] ?? 0) > 1.5 && (variances[0] ?? 0) < 4);
    },
  });
