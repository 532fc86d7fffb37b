import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeDetection } from './detection.ts';

test('scores more than three deviations above the mean are judged anomalies', () => {
  const scores = [...Array.from({ length: 96 }, (_, row) => 0.9 + (row % 2) / 100), 3, 3.1, 0.9, 3.2];
  const labels = [...Array.from({ length: 96 }, () => 0), 1, 1, 1, 0];
  const { cutoff, ...judged } = judgeDetection(scores, labels);
  assert.ok(cutoff > 1 && cutoff < 3);
  const f1 = (2 * (2 / 3) * (2 / 3)) / (4 / 3);
  assert.deepEqual(judged, { accuracy: 98 / 100, precision: 2 / 3, recall: 2 / 3, f1 });
});

test('without an anomaly, and without one that is found, nothing is divided by zero', () => {
  const judged = judgeDetection([1, 1, 1], [0, 0, 0]);
  assert.deepEqual(judged, { cutoff: 1, accuracy: 1, precision: 0, recall: 0, f1: 0 });
});
