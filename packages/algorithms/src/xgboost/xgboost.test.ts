import assert from 'node:assert/strict';
import { Random } from '../random.ts';
import { checkAlgorithm } from '../testing/check-algorithm.ts';
import { xgboost } from './index.ts';

const random = new Random(17);
// No zeros: what a sparse row leaves out is missing, and not 0.
const features = Array.from({ length: 300 }, () =>
  Array.from({ length: 5 }, () => Math.round(random.normal() * 32) / 32 || 0.25),
);
const labels = features.map(([a = 0, b = 0, c = 0]) => (a * b + c > 0 ? 1 : 0));

checkAlgorithm(xgboost, {
  hyperparameters: {
    objective: 'binary:logistic',
    num_round: '12',
    max_depth: '4',
    subsample: '0.9',
    colsample_bynode: '0.8',
  },
  rows: { features, labels },
  wrongLabel: 3,
  csvType: 'text/csv',
  responseKeys: ['score'],
  metrics: ['train:logloss', 'validation:logloss'],
  missingValues: true,
  commonServing: false,
  checkQuality: (predictions) => {
    const right = predictions.filter((row, index) => Number(row['score']) > 0.5 === (labels[index] === 1)).length;
    assert.ok(right >= 0.95 * labels.length, `${right} of ${labels.length} rows are right`);
  },
});
