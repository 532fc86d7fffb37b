/** Against rrcf, on the same rows: how well the scores put anomalies before all others. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { csvFile } from '../testing/sample-files.ts';
import { trainInFolder } from '../testing/training-folder.ts';
import { randomCutForest } from './index.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;

/** A wave as shingles of four values; single values jump off it. */
const random = new Random(17);
const jumps = new Set(Array.from({ length: 12 }, (_, index) => 60 + index * 61));
const series = Array.from(
  { length: 803 },
  (_, at) => 50 * Math.sin(at / 8) + random.normal() * 3 + (jumps.has(at) ? (at % 2 === 0 ? 30 : -30) : 0),
);
const features = Array.from({ length: 800 }, (_, row) => series.slice(row, row + 4));
const labels = features.map((_, row) => ([0, 1, 2, 3].some((offset) => jumps.has(row + offset)) ? 1 : 0));

const program = `
import sys
import numpy
import rrcf
points = numpy.fromfile(sys.argv[1], dtype=numpy.float32).reshape(-1, 4).astype(numpy.float64)
numpy.random.seed(1)
scores, counts = numpy.zeros(len(points)), numpy.zeros(len(points))
for _ in range(50):
    part = numpy.random.choice(len(points), size=256, replace=False)
    tree = rrcf.RCTree(points[part], index_labels=part)
    for leaf in tree.leaves:
        scores[leaf] += tree.codisp(leaf)
        counts[leaf] += 1
print(*(scores / numpy.maximum(counts, 1)))
`;

test('anomalies come before all others as often as with rrcf', { skip }, async () => {
  assert.ok('bin' in environment);
  const folder = mkdtempSync(join(tmpdir(), 'rung-parity-'));
  try {
    const file = join(folder, 'rows.f32');
    writeFileSync(file, new Uint8Array(Float32Array.from(features.flat()).buffer));
    const answer = execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', '-c', program, file], {
      encoding: 'utf8',
    });
    const peer = areaUnderCurve(answer.trim().split(' ').map(Number));
    const { model } = await trainInFolder(randomCutForest, {
      hyperparameters: { feature_dim: '4', num_trees: '50' },
      channels: { train: { contentType: 'text/csv;label_size=0', files: { 'a.csv': csvFile({ features }) } } },
    });
    const ours = areaUnderCurve((await loadModel(model)).predict(features).map((row) => Number(row['score'])));
    // What is left of luck, with 50 trees.
    assert.ok(ours >= peer - 0.01 && ours > 0.95, `${ours} against ${peer}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function areaUnderCurve(scores: readonly number[]): number {
  const order = Array.from(scores.keys()).toSorted((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const ranks = order.reduce((sum, row, rank) => sum + (labels[row] === 1 ? rank + 1 : 0), 0);
  const positive = labels.filter((label) => label === 1).length;
  return (ranks - (positive * (positive + 1)) / 2) / (positive * (labels.length - positive));
}
