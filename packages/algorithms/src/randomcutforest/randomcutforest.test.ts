import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { randomCutForest } from './index.ts';

const random = new Random(5);
const labels = Array.from({ length: 400 }, (_, row) => (row % 40 === 17 ? 1 : 0));
const features = labels.map((label) =>
  Array.from({ length: 5 }, (_, column) =>
    // Whole numbers of 64ths are the same in text and in 32 bits; zeros make sparse records differ from dense ones.
    column === 4 && random.uniform() < 0.5 ? 0 : (Math.round((label * (4 + column) + random.normal()) * 64) + 0) / 64,
  ),
);

checkAlgorithm(randomCutForest, {
  hyperparameters: { feature_dim: '5', num_trees: '50', num_samples_per_tree: '64' },
  rows: { features, labels },
  csvType: 'text/csv;label_size=1',
  collection: 'scores',
  responseKeys: ['score'],
  metrics: ['test:f1', 'test:accuracy', 'test:precision', 'test:recall'],
  checkQuality: (predictions) => {
    const scores = predictions.map((row) => Number(row['score']));
    const anomalies = scores.filter((_, row) => labels[row] === 1);
    const others = scores.filter((_, row) => labels[row] === 0);
    const least = Math.min(...anomalies);
    assert.ok(others.filter((score) => score > least).length < others.length * 0.02);
  },
});
