/** Against the xgboost of Python: each reads the other's files and predicts the same. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { openKernels } from '../kernels/kernels.ts';
import { answersOf } from './link.ts';
import { readModel, writeModel } from './model-file.ts';
import { openScorer } from './scorer.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;
const columns = 6;

type Answers = Readonly<Record<string, readonly [margins: number[], answers: number[]]>>;

test(
  'model files of every objective and booster predict the same here and in Python, whoever wrote them',
  { skip },
  async () => {
    assert.ok('bin' in environment);
    const folder = mkdtempSync(join(tmpdir(), 'rung-xgboost-'));
    const argv = ['-W', 'ignore', join(import.meta.dirname, 'testing/models.py'), folder];
    const python = spawn(join(environment.bin, 'python'), argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      const lines = createInterface(python.stdout)[Symbol.asyncIterator]();
      assert.equal((await lines.next()).value, 'written');
      const answers: Answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
      const files = readdirSync(folder).filter((name) => /\.(ubj|json)$/.test(name) && name !== 'answers.json');
      assert.ok(files.length > 50);
      checkTheirs(folder, files, answers);
      writeOurs(folder, files);
      python.stdin.end('go on\n');
      const distances: Record<string, number> = JSON.parse((await lines.next()).value ?? '{}');
      assert.deepEqual(Object.keys(distances).toSorted(), files.toSorted());
      for (const [name, distance] of Object.entries(distances)) assert.equal(distance, 0, name);
    } finally {
      python.kill();
      rmSync(folder, { recursive: true });
    }
  },
);

function checkTheirs(folder: string, files: readonly string[], answers: Answers): void {
  const kernels = openKernels({ threads: 1 });
  const x = new Float32Array(new Uint8Array(readFileSync(join(folder, 'x.f32'))).buffer);
  const rows = Array.from({ length: x.length / columns }, (_, row) => ({
    values: x.subarray(row * columns, (row + 1) * columns),
  }));
  for (const file of files) {
    const [margins, expected] = answers[file.replace(/\.\w+$/, '')] ?? [[], []];
    const booster = readModel(readFileSync(join(folder, file)), file);
    const score = openScorer(booster, undefined, kernels);
    const ours = score(rows);
    assertClose(ours, margins, `margins of ${file}`);
    assertClose(answersOf(booster, ours), expected, `answers of ${file}`);
    const alone = rows.slice(0, 9).flatMap((row) => Array.from(score([row])));
    assert.deepEqual(alone, Array.from(ours.subarray(0, alone.length)), file);
  }
}

function writeOurs(folder: string, files: readonly string[]): void {
  mkdirSync(join(folder, 'ours'));
  for (const file of files) {
    const booster = readModel(readFileSync(join(folder, file)), file);
    writeFileSync(join(folder, 'ours', file), writeModel(booster, file.endsWith('.ubj') ? 'ubj' : 'json'));
  }
}

/** XGBoost's sigmoid and exponential are of 32 bits. */
function assertClose(actual: Float32Array, expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (const [index, value] of expected.entries()) {
    const distance = Math.abs((actual[index] ?? Number.NaN) - value);
    assert.ok(distance <= 1e-6 * Math.max(1, Math.abs(value)), `${what}, ${index}`);
  }
}
