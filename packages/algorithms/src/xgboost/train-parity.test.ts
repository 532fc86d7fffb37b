/** Against XGBoost 3 on the same rows: every objective, and what says how trees grow. Values have few digits, so that bins hold the same values. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { Random } from '../random.ts';
import { trainInFolder } from '../testing/training-folder.ts';
import { xgboost } from './index.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;

const trainRows = 1000;
const allRows = 1400;
const query = 50;
const random = new Random(5);
const rows = Array.from({ length: allRows }, () =>
  Array.from({ length: 6 }, () =>
    random.uniform() < 0.1 ? Number.NaN : Math.fround(Math.round(random.normal() * 20) / 20),
  ),
);
const scores = rows.map((row) => {
  const [a = 0, b = 0, c = 0, d = 0] = row.map((value) => (Number.isNaN(value) ? 0.3 : value));
  return a * b + Math.sin(2 * c) + 0.5 * d + 0.3 * random.normal();
});
const labels = {
  number: scores,
  positive: scores.map((score) => Math.exp(score / 2) * (0.5 + random.uniform())),
  binary: scores.map((score) => (score > 0 ? 1 : 0)),
  count: scores.map((score) => Math.max(0, Math.round(Math.exp(score * 0.7)))),
  class: scores.map((score) => (score < -0.7 ? 0 : score < 0.5 ? 1 : 2)),
  grade: scores.map((score) => (score < -0.7 ? 0 : score < 0.5 ? 1 : score < 1.2 ? 2 : 3)),
  time: scores.map((score) => (random.uniform() < 0.3 ? -1 : 1) * Math.exp(-score) * (0.5 + random.uniform())),
};
for (const list of Object.values(labels)) for (const [row, label] of list.entries()) list[row] = Math.fround(label);

type Case = readonly [labels: keyof typeof labels, metrics: string, parameters: Record<string, string>];
const squared = { objective: 'reg:squarederror' };
const cases: readonly Case[] = [
  ['number', 'rmse,mae,mape,mphe', squared],
  ['number', 'rmse', { ...squared, alpha: '1', gamma: '2', min_child_weight: '5', max_delta_step: '0.4', lambda: '2' }],
  ['number', 'rmse', { ...squared, alpha: '3', gamma: '0.5' }],
  ['number', 'rmse', { ...squared, monotone_constraints: '(1,0,0,1,0,0)' }],
  ['number', 'rmse', { ...squared, interaction_constraints: '[[0,1],[2,3,4]]' }],
  ['number', 'rmse', { ...squared, grow_policy: 'lossguide', max_leaves: '20', max_depth: '0' }],
  ['number', 'rmse', { ...squared, max_leaves: '10' }],
  ['number', 'rmse', { ...squared, tree_method: 'exact', gamma: '1' }],
  ['number', 'rmse', { ...squared, tree_method: 'approx', max_bin: '512' }],
  ['number', 'rmse', { ...squared, max_bin: '512' }],
  ['number', 'mae', { objective: 'reg:absoluteerror' }],
  ['number', 'mphe', { objective: 'reg:pseudohubererror' }],
  ['positive', 'rmsle', { objective: 'reg:squaredlogerror' }],
  ['positive', 'gamma-nloglik,gamma-deviance', { objective: 'reg:gamma' }],
  ['positive', 'aft-nloglik', { objective: 'survival:aft' }],
  ['time', 'cox-nloglik', { objective: 'survival:cox' }],
  ['count', 'poisson-nloglik', { objective: 'count:poisson' }],
  ['count', 'tweedie-nloglik@1.5', { objective: 'reg:tweedie' }],
  ['binary', 'logloss,error,error@0.7,auc,aucpr', { objective: 'binary:logistic', scale_pos_weight: '2' }],
  ['binary', 'logloss', { objective: 'binary:logitraw' }],
  ['binary', 'error', { objective: 'binary:hinge' }],
  ['binary', 'rmse', { objective: 'reg:logistic' }],
  ['class', 'merror,mlogloss,auc,aucpr', { objective: 'multi:softprob', num_class: '3' }],
  ['class', 'merror', { objective: 'multi:softmax', num_class: '3' }],
  ['grade', 'ndcg,ndcg@5', { objective: 'rank:ndcg' }],
  ['grade', 'ndcg', { objective: 'rank:pairwise' }],
  ['binary', 'map,pre@3', { objective: 'rank:map' }],
  ['number', 'rmse', { ...squared, booster: 'dart' }],
  ['number', 'rmse', { ...squared, booster: 'gblinear', updater: 'coord_descent', alpha: '0.01' }],
  [
    'binary',
    'logloss',
    { objective: 'binary:logistic', booster: 'gblinear', updater: 'coord_descent', lambda: '0.01' },
  ],
];

test('after eight rounds every metric is that of XGBoost', { skip }, async () => {
  assert.ok('bin' in environment);
  const folder = mkdtempSync(join(tmpdir(), 'rung-parity-'));
  try {
    writeFileSync(join(folder, 'rows.f32'), new Uint8Array(Float32Array.from(rows.flat()).buffer));
    for (const [name, list] of Object.entries(labels))
      writeFileSync(join(folder, `${name}.f32`), new Uint8Array(Float32Array.from(list).buffer));
    const told = cases.map(([name, metrics, more]) => ({
      labels: name,
      query: isRanking(more) ? query : 0,
      parameters: { num_round: '8', eval_metric: metrics, ...more },
    }));
    writeFileSync(join(folder, 'cases.json'), JSON.stringify({ rows: allRows, train: trainRows, cases: told }));
    const program = join(import.meta.dirname, 'testing/train.py');
    const answer = execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', program, folder], {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    // Safe: what the program prints.
    const peers = answer
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, number>);
    for (const [index, one] of told.entries()) {
      const ours = await lastLine(one.parameters, one.labels, one.query);
      for (const [name, value] of Object.entries(peers[index] ?? {})) {
        const own = Number(new RegExp(`#011${name}:([^#]+)`).exec(ours)?.[1]);
        // Log lines have five digits.
        assert.ok(Math.abs(own - value) < 1.5e-5, `${JSON.stringify(one)}: ${name} is ${own}, and XGBoost's ${value}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function isRanking({ objective }: Record<string, string>): boolean {
  return objective?.startsWith('rank:') === true;
}

async function lastLine(
  hyperparameters: Record<string, string>,
  name: keyof typeof labels,
  size: number,
): Promise<string> {
  const contentType = size > 0 ? 'text/libsvm' : 'text/csv';
  const channel = (from: number, to: number) => ({ contentType, files: { rows: text(name, size, from, to) } });
  const channels = { train: channel(0, trainRows), validation: channel(trainRows, allRows) };
  const outcome = await trainInFolder(xgboost, { hyperparameters, channels, threads: 1 });
  assert.equal(outcome.exitCode, 0, outcome.failure);
  return outcome.log.findLast((line) => line.startsWith('[')) ?? '';
}

function text(name: keyof typeof labels, size: number, from: number, to: number): Buffer {
  const lines = rows.slice(from, to).map((row, at) => {
    const label = labels[name][from + at] ?? 0;
    const field = (value: number): string => (Number.isNaN(value) ? '' : String(value));
    if (size === 0) return [String(label), ...row.map(field)].join(',');
    const entries = row.flatMap((value, feature) => (Number.isNaN(value) ? [] : [`${feature}:${value}`]));
    return [label, `qid:${Math.floor(at / size)}`, ...entries].join(' ');
  });
  return Buffer.from(`${lines.join('\n')}\n`);
}
