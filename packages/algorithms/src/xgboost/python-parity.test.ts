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
import { loadModel } from '../load-model.ts';
import { trainInFolder } from '../testing/training-folder.ts';
import { xgboost } from './index.ts';
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
      const trained = await trainOurs(folder);
      python.stdin.end('go on\n');
      const distances: Record<string, number> = JSON.parse((await lines.next()).value ?? '{}');
      assert.deepEqual(Object.keys(distances).toSorted(), [...files, ...trained].toSorted());
      // What was only read and written again is the same to the bit; what was trained here was also predicted here.
      for (const [name, distance] of Object.entries(distances))
        assert.ok(distance <= (trained.includes(name) ? 1e-6 : 0), `${name}: ${distance}`);
    } finally {
      python.kill();
      rmSync(folder, { recursive: true });
    }
  },
);

function checkTheirs(folder: string, files: readonly string[], answers: Answers): void {
  const kernels = openKernels({ threads: 1 });
  const rows = readRows(folder);
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

/** Names of the files. */
async function trainOurs(folder: string): Promise<string[]> {
  mkdirSync(join(folder, 'trained'));
  const rows = readRows(folder);
  const scores = rows.map(({ values: [a = 0, , c = 0] }) => (a || 0) + (c || 0));
  const cases: Record<string, Record<string, string>> = {
    'ours-trees': { objective: 'binary:logistic', max_leaves: '9', grow_policy: 'lossguide', base_score: '0.3' },
    'ours-dart': { objective: 'multi:softprob', num_class: '3', booster: 'dart', rate_drop: '0.4' },
    'ours-line': { objective: 'count:poisson', booster: 'gblinear' },
  };
  for (const [name, hyperparameters] of Object.entries(cases)) {
    const most = name === 'ours-trees' ? 1 : 2;
    const lines = rows.map(({ values }, row) =>
      [Math.max(0, Math.min(most, Math.round((scores[row] ?? 0) + 0.5))), ...values].join(','),
    );
    const train = { contentType: 'text/csv', files: { 'a.csv': Buffer.from(lines.join('\n')) } };
    const run = { hyperparameters: { num_round: '6', ...hyperparameters }, channels: { train }, threads: 1 };
    const { exitCode, failure, model } = await trainInFolder(xgboost, run);
    assert.equal(exitCode, 0, failure);
    const bytes = model.get('xgboost-model') ?? new Uint8Array(0);
    writeFileSync(join(folder, 'trained', `${name}.ubj`), bytes);
    const predictions = (await loadModel(model)).predict(rows.map(({ values }) => values));
    const answers = Float32Array.from(predictions.flatMap(({ score = [] }) => score));
    writeFileSync(join(folder, 'trained', `${name}.f32`), new Uint8Array(answers.buffer));
  }
  return Object.keys(cases).map((name) => `${name}.ubj`);
}

function readRows(folder: string): { readonly values: Float32Array }[] {
  const x = new Float32Array(new Uint8Array(readFileSync(join(folder, 'x.f32'))).buffer);
  return Array.from({ length: x.length / columns }, (_, row) => ({
    values: x.subarray(row * columns, (row + 1) * columns),
  }));
}

/** XGBoost's sigmoid and exponential are of 32 bits. */
function assertClose(actual: Float32Array, expected: readonly number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (const [index, value] of expected.entries()) {
    const distance = Math.abs((actual[index] ?? Number.NaN) - value);
    assert.ok(distance <= 1e-6 * Math.max(1, Math.abs(value)), `${what}, ${index}`);
  }
}
