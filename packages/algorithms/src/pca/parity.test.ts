/** Against LAPACK's singular values in 64 bits, as scikit-learn's PCA has them: the same subspaces, also where columns differ in size and lie far from zero; and hosts against one host. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { Random } from '../random.ts';
import { recordioFile } from '../testing/sample-files.ts';
import { trainInFolder, trainOnHosts } from '../testing/training-folder.ts';
import { readArtifact, type PcaArtifact } from './artifact.ts';
import { pca } from './index.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;
const rows = 2000;
const columns = 30;
const components = 5;

const program = `
import sys
import numpy
for file in sys.argv[1:]:
    x = numpy.fromfile(file, dtype=numpy.float32).reshape(${rows}, ${columns}).astype(numpy.float64)
    _, values, vectors = numpy.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    for row in (*vectors[:${components}], values[:${components}]): print(*row)
`;

/** Five hidden numbers of falling weight and some noise; `scale` and `place` of each column on top. */
function planted(scale: (column: number) => number, place: number): number[][] {
  const random = new Random(11);
  const loadings = Array.from({ length: columns }, () => Array.from({ length: components }, () => random.normal()));
  return Array.from({ length: rows }, () => {
    const hidden = Array.from({ length: components }, (_, k) => random.normal() * (6 - k));
    return loadings.map((own, column) => {
      const value = own.reduce((sum, loading, k) => sum + loading * (hidden[k] ?? 0), random.normal() / 2);
      return Math.fround(scale(column) * (value + place));
    });
  });
}

const cases: [string, number[][], Record<string, string>][] = [
  ['regular', planted(() => 1, 0), {}],
  ['regular far from zero', planted(() => 1, 10_000), {}],
  ['regular with columns of different size', planted((column) => 10 ** ((column % 7) - 3), 5), {}],
  ['randomized', planted(() => 1, 100), { algorithm_mode: 'randomized' }],
];

const train = async (features: number[][], more: Record<string, string>): Promise<PcaArtifact> => {
  const outcome = await trainInFolder(pca, run(features, more));
  assert.equal(outcome.exitCode, 0, outcome.failure);
  return readArtifact(outcome.model);
};

function run(features: number[][], more: Record<string, string>): Parameters<typeof trainInFolder>[1] {
  return {
    hyperparameters: {
      feature_dim: String(columns),
      num_components: String(components),
      mini_batch_size: '500',
      ...more,
    },
    channels: {
      train: { contentType: 'application/x-recordio-protobuf', files: { 'a.pbr': recordioFile({ features }) } },
    },
  };
}

test("the components span LAPACK's subspace within an angle of 1e-4", { skip }, async () => {
  assert.ok('bin' in environment);
  const folder = mkdtempSync(join(tmpdir(), 'rung-parity-'));
  try {
    const files = cases.map(([, features], index) => {
      const file = join(folder, `${index}.f32`);
      writeFileSync(file, new Uint8Array(Float32Array.from(features.flat()).buffer));
      return file;
    });
    const answer = execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', '-c', program, ...files], {
      encoding: 'utf8',
    });
    const lines = answer
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number));
    for (const [index, [name, features, more]] of cases.entries()) {
      const peer = lines.slice(index * (components + 1), (index + 1) * (components + 1));
      const singular = peer.pop() ?? [];
      const ours = await train(features, more);
      const angle = subspaceAngle(directionsOf(ours), peer);
      assert.ok(angle < 1e-4, `${name}: ${angle}`);
      for (const [k, value] of Array.from(ours.singular).reverse().entries())
        assert.ok(Math.abs(value / (singular[k] ?? 0) - 1) < 1e-4, `${name}: ${value} against ${singular[k]}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('two hosts with a part of the rows each find the components of all rows', async () => {
  const features = planted(() => 1, 50);
  for (const mode of ['regular', 'randomized']) {
    const more = { algorithm_mode: mode };
    const outcomes = await trainOnHosts(pca, [run(features.slice(0, 1000), more), run(features.slice(1000), more)]);
    for (const outcome of outcomes) assert.equal(outcome.exitCode, 0, outcome.failure);
    const shared = readArtifact(outcomes[0]?.model ?? new Map());
    const whole = await train(features, more);
    assert.ok(subspaceAngle(directionsOf(shared), directionsOf(whole)) < 1e-4, mode);
    assert.deepEqual(outcomes[0]?.model, outcomes[1]?.model);
  }
});

function directionsOf({ directions }: PcaArtifact): number[][] {
  return Array.from({ length: components }, (_, k) =>
    Array.from({ length: columns }, (_value, i) => directions[i * components + k] ?? 0),
  );
}

/** The longest rest of a unit vector of one that the other does not span. */
function subspaceAngle(a: readonly number[][], b: readonly number[][]): number {
  const rests = a.map((vector) => {
    const parts = b.map((other) => other.reduce((sum, value, i) => sum + value * (vector[i] ?? 0), 0));
    return Math.hypot(
      ...vector.map((value, i) => value - b.reduce((sum, other, k) => sum + (parts[k] ?? 0) * (other[i] ?? 0), 0)),
    );
  });
  return Math.hypot(...rests);
}
