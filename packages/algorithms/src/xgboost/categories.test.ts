/** Features of categories: the trees of Python's XGBoost, and the same model from any form of the data, hosts, threads and interruptions. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome, type TrainingRun } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { xgboost } from './index.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;

const random = new Random(41);
const effects = Array.from({ length: 400 }, () => random.normal());

/** Two features of few categories, one of many, and one of numbers; a tenth of them missing. Values have few digits, so that sums are the same in any order. */
function makeRows(count: number, categories: number): { rows: number[][]; labels: number[] } {
  const labels: number[] = [];
  const rows = Array.from({ length: count }, () => {
    const row = [random.below(3), random.below(categories), Math.round(random.normal() * 20) / 20, random.below(6)];
    const [a = 0, b = 0, c = 0, d = 0] = row;
    const score = Number(a === 1) + (effects[b] ?? 0) + (d % 2) * 0.5 * c + 0.3 * random.normal();
    labels.push(Math.round(score * 64) / 64);
    return row.map((value) => (random.uniform() < 0.1 ? Number.NaN : value));
  });
  return { rows, labels };
}

const data = makeRows(600, 30);
const many = makeRows(600, 400);
const base = { num_round: '6', feature_types: 'c,c,q,c' };

function csv({ rows, labels } = data, from = 0, to = rows.length): Buffer {
  const lines = rows
    .slice(from, to)
    .map((row, at) => [labels[from + at], ...row.map((value) => (Number.isNaN(value) ? '' : value))].join(','));
  return Buffer.from(`${lines.join('\n')}\n`);
}

function job(hyperparameters: Record<string, string>, train = csv(), contentType = 'text/csv'): TrainingRun {
  const channel = { contentType, files: { a: train } };
  return { hyperparameters: { ...base, ...hyperparameters }, channels: { train: channel, validation: channel } };
}

async function run(more: Record<string, string>, rest: Partial<TrainingRun> = {}): Promise<TrainingOutcome> {
  const outcome = await trainInFolder(xgboost, { ...job(more), ...rest });
  assert.equal(outcome.exitCode, 0, outcome.failure);
  return outcome;
}

function modelOf(outcome: TrainingOutcome): Buffer {
  return Buffer.from(outcome.model.get('xgboost-model') ?? []);
}

const cases: Record<string, Record<string, string>> = {
  plain: {},
  'one-hot': { max_cat_to_onehot: '100' },
  'few-at-a-time': { max_cat_threshold: '3' },
  regularised: { min_child_weight: '5', alpha: '0.5', lambda: '2', gamma: '0.3' },
  'small-steps': { max_delta_step: '0.3' },
  monotone: { monotone_constraints: '(1,0,0,1)' },
  lossguide: { grow_policy: 'lossguide', max_leaves: '12', max_depth: '0' },
  approx: { tree_method: 'approx' },
  'wide-bins': { max_bin: '512' },
  dart: { booster: 'dart' },
  many: {},
};

test('trees are those of XGBoost, which reads them', { skip }, async () => {
  assert.ok('bin' in environment);
  const folder = mkdtempSync(join(tmpdir(), 'rung-categories-'));
  try {
    const models = new Map<string, TrainingOutcome['model']>();
    for (const [name, more] of Object.entries(cases)) {
      const text = csv(name === 'many' ? many : data);
      const outcome = await run({}, { ...job(more, text), threads: 1 });
      models.set(name, outcome.model);
      writeFileSync(join(folder, `${name}.csv`), text);
      writeFileSync(join(folder, `${name}.ubj`), modelOf(outcome));
    }
    const told = Object.entries(cases).map(([name, more]) => [name, { ...base, ...more }]);
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(Object.fromEntries(told)));
    const program = join(import.meta.dirname, 'testing/categories.py');
    const printed = execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', program, folder], {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    const lines = printed.trim().split('\n');
    assert.equal(lines.length, models.size);
    for (const line of lines) {
      const answer: { name: string; unseen: number[] } = JSON.parse(line);
      const { name, unseen, ...compared } = answer;
      assert.deepEqual(compared, { types: true, distance: 0, trees: true }, name);
      const rows = (name === 'many' ? many : data).rows.map(([first = 0, ...others], row) => [
        row % 3 === 0 ? first + 1000 : first,
        ...others,
      ]);
      const answers = (await loadModel(models.get(name) ?? new Map())).predict(rows);
      for (const [row, { score }] of answers.entries())
        assert.ok(Math.abs(Number(score) - (unseen[row] ?? Number.NaN)) < 1e-6, `${name}, row ${row}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('rows that were trained on and rows that were not are scored alike', async () => {
  for (const text of [csv(), csv(many)]) {
    const { log } = await run({}, job({}, text));
    const [, train, validation] = /train-rmse:(\S+)#011validation-rmse:(\S+)/.exec(log.join('\n')) ?? [];
    assert.ok(train !== undefined && train === validation, `${train} and ${validation}`);
  }
});

test('libsvm and CSV of the same rows give the same model, and so do more threads', async () => {
  const lines = data.rows.map((row, at) =>
    [data.labels[at], ...row.flatMap((value, key) => (Number.isNaN(value) ? [] : [`${key}:${value}`]))].join(' '),
  );
  const whole = modelOf(await run({}, { threads: 1 }));
  const sparse = await run({}, job({}, Buffer.from(`${lines.join('\n')}\n`), 'text/libsvm'));
  assert.ok(modelOf(sparse).equals(whole));
  assert.ok(modelOf(await run({}, { threads: 3 })).equals(whole));
});

test('three hosts give the model of one, though each has seen other categories', async () => {
  const order = [...data.rows.keys()].toSorted((a, b) => (data.rows[a]?.[1] || 0) - (data.rows[b]?.[1] || 0));
  const sorted = {
    rows: order.map((row) => data.rows[row] ?? []),
    labels: order.map((row) => data.labels[row] ?? 0),
  };
  const part = (from: number, to: number): TrainingRun => ({
    hyperparameters: base,
    channels: { train: { contentType: 'text/csv', files: { a: csv(sorted, from, to) } } },
  });
  const alone = await trainInFolder(xgboost, part(0, 600));
  for (const host of await trainOnHosts(xgboost, [part(0, 100), part(100, 350), part(350, 600)]))
    assert.ok(modelOf(host).equals(modelOf(alone)), host.failure);
});

test('a training that is interrupted gives the same model, and an update keeps the categories of splits', async () => {
  const whole = await run({}, { checkpoints: new Map() });
  const stopped = await run({}, { stopAt: /^\[3\]/, checkpoints: new Map() });
  assert.ok(modelOf(await run({}, { checkpoints: stopped.checkpoints })).equals(modelOf(whole)));
  const update = { process_type: 'update', updater: 'refresh,prune' };
  const updated = await run(update, { checkpoints: whole.checkpoints });
  const [old] = readArtifact(whole.model);
  const [refreshed] = readArtifact(updated.model);
  assert.ok(old?.ensemble.kind === 'gbtree' && refreshed?.ensemble.kind === 'gbtree');
  const { trees } = old.ensemble;
  for (const [index, tree] of refreshed.ensemble.trees.entries()) {
    const before = trees[index];
    assert.deepEqual([tree.categories, tree.splitType], [before?.categories, before?.splitType]);
    for (const [node, condition] of tree.splitConditions.entries())
      assert.ok(Math.abs(condition - (before?.splitConditions[node] ?? 0)) < 1e-5);
  }
});

const mistakes: [string, Record<string, string>, string, RegExp][] = [
  ['a fraction', {}, '1,0,0,0,0\n1,1,2.5,0,0\n', /file train\/a, row 2: feature 1 is 2\.5, .* whole number from 0/],
  ['a negative category', {}, '1,-1,0,0,0\n', /row 1: feature 0 is -1/],
  ['a category that is too large', {}, '1,0,0,0,16777216\n', /row 1: feature 3 is 16777216, .* from 0 to 16777215/],
  ['too few types', { feature_types: 'c,q' }, '1,0,0,0,0\n', /feature_types has 2 types, and the rows have 4 features/],
  [
    'an unknown type',
    { feature_types: 'c,category' },
    '1,0\n',
    /feature_types has 'category' for feature 1; there are q, c/,
  ],
  ['exact', { tree_method: 'exact' }, '1,0,0,0,0\n', /tree_method 'exact' has no categories/],
  ['gblinear', { booster: 'gblinear' }, '1,0,0,0,0\n', /booster 'gblinear' has no categories/],
];
for (const [what, more, text, expected] of mistakes) {
  test(`${what} is a client error that says where`, async () => {
    const { failure } = await trainInFolder(xgboost, job(more, Buffer.from(text)));
    assert.match(failure, /^ClientError: /);
    assert.match(failure, expected);
  });
}
