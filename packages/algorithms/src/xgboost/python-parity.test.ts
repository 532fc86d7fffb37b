/** Against the xgboost of Python: each reads the other's files and predicts the same. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { openKernels } from '../kernels/kernels.ts';
import { answersOf } from './link.ts';
import { readModel, writeModel } from './model-file.ts';
import { openScorer } from './scorer.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;
const columns = 6;

describe('XGBoost model files', { skip }, () => {
  let folder: string;
  let answers: Readonly<Record<string, readonly [margins: number[], answers: number[]]>> = {};
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rung-xgboost-'));
    python('write', folder);
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
  });
  after(() => rmSync(folder, { recursive: true }));

  test('what Python wrote predicts the same here', () => {
    const bytes = readFileSync(join(folder, 'x.f32'));
    const x = new Float32Array(new Uint8Array(bytes).buffer);
    const rows = Array.from({ length: x.length / columns }, (_, row) => ({
      values: x.subarray(row * columns, (row + 1) * columns),
    }));
    assert.ok(Object.keys(answers).length > 25);
    const kernels = openKernels({ threads: 1 });
    for (const [name, [margins, expected]] of Object.entries(answers)) {
      for (const kind of ['ubj', 'json']) {
        const file = `${name}.${kind}`;
        const booster = readModel(readFileSync(join(folder, file)), file);
        const score = openScorer(booster, undefined, kernels);
        const ours = score(rows);
        assertClose(ours, margins, `margins of ${file}`);
        assertClose(answersOf(booster, ours), expected, `answers of ${file}`);
        assert.deepEqual(
          rows.slice(0, 9).flatMap((row) => [...score([row])]),
          [...ours.subarray(0, (ours.length / rows.length) * 9)],
          file,
        );
      }
    }
  });

  test('what is written here predicts the same in Python', () => {
    mkdirSync(join(folder, 'ours'));
    for (const file of readdirSync(folder).filter((name) => /\.(ubj|json)$/.test(name) && name !== 'answers.json')) {
      const booster = readModel(readFileSync(join(folder, file)), file);
      writeFileSync(join(folder, 'ours', file), writeModel(booster, file.endsWith('.ubj') ? 'ubj' : 'json'));
    }
    const distances = JSON.parse(python('read', folder));
    assert.equal(Object.keys(distances).length, 2 * Object.keys(answers).length);
    for (const [name, distance] of Object.entries(distances)) assert.equal(distance, 0, name);
  });
});

function python(action: 'write' | 'read', folder: string): string {
  assert.ok('bin' in environment);
  const program = join(import.meta.dirname, 'testing/models.py');
  return execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', program, action, folder], { encoding: 'utf8' });
}

/** XGBoost's sigmoid and exponential are of 32 bits. */
function assertClose(actual: Float32Array, expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (const [index, value] of expected.entries())
    assert.ok(
      Math.abs((actual[index] ?? Number.NaN) - value) <= 1e-6 * Math.max(1, Math.abs(value)),
      `${what}, ${index}`,
    );
}
