import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { lda } from './index.ts';

// Twelve words, four for each of three topics.
const random = new Random(3);
const mixtures = Array.from({ length: 300 }, () => [0, 1, 2].map(() => -Math.log(1 - random.uniform())));
const features = mixtures.map((weights) => {
  const counts = Array.from({ length: 12 }, () => 0);
  const sum = weights.reduce((whole, weight) => whole + weight, 0);
  for (let word = 0; word < 60; word++) {
    let place = random.uniform() * sum;
    const topic = weights.findIndex((weight) => (place -= weight) < 0);
    const drawn = 4 * Math.max(0, topic) + Math.floor(4 * random.uniform() ** 1.5);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  return counts;
});

checkAlgorithm(lda, {
  hyperparameters: { num_topics: '3', feature_dim: '12', mini_batch_size: '300', alpha0: '3' },
  rows: { features },
  csvType: 'text/csv;label_size=0',
  responseKeys: ['topic_mixture'],
  metrics: ['train:pwll', 'test:pwll'],
  interruptAt: /epoch=1, train pwll/,
  checkQuality: (predictions) => {
    const shares = predictions.map((row) => [row['topic_mixture']].flat().map(Number));
    for (const row of shares) assert.ok(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1) < 1e-5);
    // Each planted topic is one of those found.
    const partners = [0, 1, 2].map((topic) => {
      const errors = [0, 1, 2].map((own) =>
        shares.reduce((sum, row, document) => {
          const weights = mixtures[document] ?? [];
          const share = (weights[topic] ?? 0) / weights.reduce((whole, weight) => whole + weight, 0);
          return sum + Math.abs((row[own] ?? 0) - share) / shares.length;
        }, 0),
      );
      assert.ok(Math.min(...errors) < 0.08, `topic ${topic}: ${errors.join(', ')}`);
      return errors.indexOf(Math.min(...errors));
    });
    assert.equal(new Set(partners).size, 3);
  },
});
