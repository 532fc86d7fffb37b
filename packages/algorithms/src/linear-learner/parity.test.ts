/** Against scikit-learn, on the same rows: the optimum that its second-order solvers find. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { Random } from '../random.ts';
import { csvFile, type SampleRows } from '../testing/sample-files.ts';
import { trainInFolder } from '../testing/training-folder.ts';
import { readArtifact, type LinearArtifact } from './artifact.ts';
import { linearLearner } from './index.ts';

const environment = findPythonEnvironment('science');
const skip = 'missing' in environment ? environment.missing : false;

const random = new Random(21);
const features = Array.from({ length: 8000 }, () => {
  const shared = random.normal();
  return [
    shared + random.normal(),
    100 + 10 * (shared - random.normal()),
    random.normal() / 50,
    random.below(2),
    random.normal(),
  ];
});
const scores = features.map(([a = 0, b = 0, c = 0, d = 0]) => a - 0.2 * (b - 100) + 40 * c + d - 0.5);

const program = `
import sys
import numpy
from sklearn.linear_model import LinearRegression, LogisticRegression
table = numpy.fromfile(sys.argv[1], dtype=numpy.float32).reshape(-1, 8).astype(numpy.float64)
x = table[:, :5]
x = (x - x.mean(axis=0)) / x.std(axis=0)
model = LinearRegression().fit(x, table[:, 5])
print(((model.predict(x) - table[:, 5]) ** 2).mean())
for y in table[:, 6], table[:, 7]:
    p = LogisticRegression(C=numpy.inf, max_iter=500, tol=1e-8).fit(x, y).predict_proba(x)
    print(-numpy.log(p[numpy.arange(len(y)), y.astype(int)]).mean())
`;

const cases: [LinearArtifact['predictor'], number[], Record<string, string>][] = [
  ['regressor', scores.map((score) => 10 * score + 5 * random.normal()), {}],
  ['binary_classifier', scores.map((score) => (random.uniform() < 1 / (1 + Math.exp(-score)) ? 1 : 0)), {}],
  [
    'multiclass_classifier',
    scores.map((score) => (score + random.normal() > 1 ? 2 : score + random.normal() > -1 ? 1 : 0)),
    { num_classes: '3' },
  ],
];

test("the training loss of every predictor is scikit-learn's within 0.5 %", { skip }, async () => {
  assert.ok('bin' in environment);
  const folder = mkdtempSync(join(tmpdir(), 'rung-parity-'));
  try {
    const file = join(folder, 'rows.f32');
    const table = features.flatMap((row, index) => [...row, ...cases.map(([, labels]) => labels[index] ?? 0)]);
    writeFileSync(file, new Uint8Array(Float32Array.from(table).buffer));
    const answer = execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', '-c', program, file], {
      encoding: 'utf8',
    });
    const peers = answer.trim().split('\n').map(Number);
    for (const [index, [kind, labels, more]] of cases.entries()) {
      const rows = { features, labels };
      const outcome = await trainInFolder(linearLearner, {
        hyperparameters: {
          predictor_type: kind,
          wd: '0',
          num_models: '1',
          epochs: '30',
          mini_batch_size: '200',
          early_stopping_tolerance: '1e-6',
          ...more,
        },
        channels: { train: { contentType: 'text/csv', files: { 'a.csv': csvFile(rows) } } },
      });
      assert.equal(outcome.exitCode, 0, outcome.failure);
      const ours = lossOf(readArtifact(outcome.model), rows);
      // Stochastic steps end near the optimum, not on it.
      assert.ok(ours <= (peers[index] ?? 0) * 1.005, `${kind}: ${ours} against ${peers[index]}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Mean squared error, or mean cross-entropy. */
function lossOf({ predictor, outputs, columns, weights, biases }: LinearArtifact, rows: SampleRows): number {
  const losses = rows.features.map((row, index) => {
    const label = rows.labels?.[index] ?? 0;
    const own = Array.from({ length: outputs }, (_, output) =>
      row.reduce((sum, value, column) => sum + value * (weights[output * columns + column] ?? 0), biases[output] ?? 0),
    );
    if (predictor === 'regressor') return ((own[0] ?? 0) - label) ** 2;
    if (outputs === 1) return Math.log1p(Math.exp(label === 1 ? -(own[0] ?? 0) : (own[0] ?? 0)));
    return Math.log(own.reduce((sum, score) => sum + Math.exp(score), 0)) - (own[label] ?? 0);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
