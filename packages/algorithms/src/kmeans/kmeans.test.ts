import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { kmeans } from './index.ts';

const places = [
  [10, 0, 0, -5, 2],
  [-10, 4, 0, 0, 2],
  [0, -8, 9, 0, 0],
];
const random = new Random(7);
const clusters = Array.from({ length: 300 }, () => random.below(places.length));
const features = clusters.map((cluster) =>
  (places[cluster] ?? []).map((value) =>
    value === 0 && random.uniform() < 0.5 ? 0 : Math.round((value + random.normal() / 4) * 64) / 64,
  ),
);

checkAlgorithm(kmeans, {
  hyperparameters: { k: '3', feature_dim: '5', mini_batch_size: '100', epochs: '2', eval_metrics: '["msd","ssd"]' },
  rows: { features },
  csvType: 'text/csv;label_size=0',
  responseKeys: ['closest_cluster', 'distance_to_cluster'],
  metrics: ['test:msd', 'test:ssd'],
  checkQuality: (predictions) => {
    // Which number a planted cluster got is luck; that all its rows share it is not.
    const numbers = places.map(
      (_, cluster) =>
        new Set(predictions.filter((_row, row) => clusters[row] === cluster).map((row) => row['closest_cluster'])),
    );
    assert.ok(numbers.every((set) => set.size === 1));
    assert.equal(new Set(numbers.flatMap((set) => [...set])).size, places.length);
  },
});
