/** Checkpoints, hosts, early stopping, sampling, cross validation, and data of every form. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../random.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome, type TrainingRun } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { roundsOf } from './booster.ts';
import { xgboost } from './index.ts';

const random = new Random(23);
const rows = Array.from({ length: 400 }, () => Array.from({ length: 4 }, () => Math.round(random.normal() * 16) / 16));
const labels = rows.map(([a = 0, b = 0, c = 0]) => Math.round((a * b + Math.sin(c) + 0.4 * random.normal()) * 64) / 64);
const base = { num_round: '8', max_depth: '3' };

function csv(from = 0, to = rows.length): Buffer {
  const lines = rows.slice(from, to).map((row, at) => [labels[from + at], ...row].join(','));
  return Buffer.from(`${lines.join('\n')}\n`);
}

function libsvm(from = 0, to = rows.length, weight = ''): Buffer {
  const lines = rows
    .slice(from, to)
    .map((row, at) => `${labels[from + at]}${weight} ${row.map((value, feature) => `${feature}:${value}`).join(' ')}`);
  return Buffer.from(`${lines.join('\n')}\n`);
}

function job(more: Record<string, string>, train = csv(0, 300), contentType = 'text/csv'): TrainingRun {
  const validation = { contentType: 'text/csv', files: { a: csv(300) } };
  return {
    hyperparameters: { ...base, ...more },
    channels: { train: { contentType, files: { a: train } }, validation },
  };
}

async function run(more: Record<string, string>, rest: Partial<TrainingRun> = {}): Promise<TrainingOutcome> {
  const outcome = await trainInFolder(xgboost, { ...job(more), ...rest });
  assert.equal(outcome.exitCode, 0, outcome.failure);
  return outcome;
}

function modelOf(outcome: TrainingOutcome): Buffer {
  return Buffer.from(outcome.model.get('xgboost-model') ?? []);
}

const boosters: Record<string, string>[] = [
  { subsample: '0.7', colsample_bytree: '0.75', colsample_bynode: '0.5', early_stopping_rounds: '20' },
  { booster: 'dart', rate_drop: '0.4', one_drop: '1' },
  { booster: 'dart', rate_drop: '0.4', sample_type: 'weighted', normalize_type: 'forest', skip_drop: '0.3' },
  { booster: 'gblinear' },
  { tree_method: 'approx' },
];
for (const more of boosters) {
  test(`a training that is interrupted gives the same model: ${JSON.stringify(more)}`, async () => {
    const whole = await run(more);
    const stopped = await run(more, { stopAt: /^\[3\]/, checkpoints: new Map() });
    assert.ok(stopped.checkpoints.has('xgboost-checkpoint.3'), [...stopped.checkpoints.keys()].join());
    assert.ok(!modelOf(stopped).equals(modelOf(whole)));
    const resumed = await run(more, { checkpoints: stopped.checkpoints });
    assert.ok(
      resumed.log.some((line) => line.startsWith('[4]')) && !resumed.log.some((line) => line.startsWith('[3]')),
    );
    assert.ok(modelOf(resumed).equals(modelOf(whole)));
  });
}

test('checkpoints of the last five rounds are kept', async () => {
  const { checkpoints } = await run({}, { checkpoints: new Map() });
  assert.deepEqual(
    [...checkpoints.keys()].toSorted(),
    [3, 4, 5, 6, 7].map((round) => `xgboost-checkpoint.${round}`),
  );
});

test('three hosts with a part of the rows each give the model of one', async () => {
  // Bins hold a value each, so that merging loses nothing.
  for (const more of [
    {},
    { grow_policy: 'lossguide', max_leaves: '6' },
    { tree_method: 'exact' },
    // The sign of a label says whether an event came; all hosts' rows are at risk together.
    { objective: 'survival:cox' },
  ]) {
    const hyperparameters = { ...base, ...more };
    const part = (from: number, to: number): TrainingRun => ({
      hyperparameters,
      channels: { train: { contentType: 'text/csv', files: { a: csv(from, to) } } },
    });
    const alone = await trainInFolder(xgboost, part(0, 400));
    const hosts = await trainOnHosts(xgboost, [part(0, 100), part(100, 250), part(250, 400)]);
    for (const host of hosts) {
      assert.equal(host.exitCode, 0, host.failure);
      assert.ok(modelOf(host).equals(modelOf(alone)), JSON.stringify(more));
    }
    const rounds = (log: readonly string[]): string[] => log.filter((line) => line.startsWith('['));
    assert.deepEqual(rounds(hosts[0]?.log ?? []), rounds(alone.log));
  }
});

test('early stopping keeps the best round', async () => {
  const outcome = await run({ num_round: '200', eta: '0.9', max_depth: '8', early_stopping_rounds: '3' });
  const scores = outcome.log.flatMap((line) => /validation-rmse:(\S+)/.exec(line)?.[1] ?? []).map(Number);
  const best = scores.indexOf(Math.min(...scores));
  assert.equal(scores.length, best + 4);
  const [booster] = readArtifact(outcome.model);
  assert.ok(booster !== undefined);
  assert.equal(roundsOf(booster.ensemble), best + 1);
  assert.equal(booster.attributes['best_iteration'], String(best));
});

test('libsvm and CSV of the same rows give the same model, for few and many bins', async () => {
  for (const more of [{}, { max_bin: '300' }, { tree_method: 'exact' }]) {
    const sparse = await trainInFolder(xgboost, job(more, libsvm(0, 300), 'text/libsvm'));
    assert.equal(sparse.exitCode, 0, sparse.failure);
    assert.ok(modelOf(sparse).equals(modelOf(await run(more))));
  }
});

test('weights of rows count as copies of rows do, from libsvm and from CSV', async () => {
  const twice = await trainInFolder(xgboost, job({ max_bin: '300' }, Buffer.concat([csv(0, 300), csv(0, 300)])));
  const weighted = await trainInFolder(xgboost, job({ max_bin: '300' }, libsvm(0, 300, ':2'), 'text/libsvm'));
  const column = Buffer.from(
    csv(0, 300)
      .toString()
      .replaceAll(/^([^,]*)/gm, (label) => (label === '' ? '' : `${label},2`)),
  );
  const fromCsv = await trainInFolder(xgboost, {
    hyperparameters: { ...base, max_bin: '300', csv_weights: '1' },
    channels: { train: { contentType: 'csv', files: { a: column } } },
  });
  assert.ok(modelOf(weighted).equals(modelOf(twice)));
  assert.ok(modelOf(fromCsv).equals(modelOf(twice)), fromCsv.failure);
});

test('sampled rows and features still learn, and the seed decides', async () => {
  const sampled = { subsample: '0.5', colsample_bytree: '0.75', colsample_bylevel: '0.8', colsample_bynode: '0.8' };
  const [a, b, other] = [await run(sampled), await run(sampled), await run({ ...sampled, seed: '7' })];
  assert.ok(modelOf(a).equals(modelOf(b)) && !modelOf(a).equals(modelOf(other)));
});

test('cross validation makes a model per fold and repetition', async () => {
  const outcome = await run({ _kfold: '3', _num_cv_round: '2', num_round: '2' });
  const names = [...outcome.model.keys()].filter((name) => name.startsWith('xgboost-model')).toSorted();
  assert.deepEqual(
    names,
    [0, 1, 2, 3, 4, 5].map((fold) => `xgboost-model-${fold}`),
  );
  assert.match(
    outcome.log.findLast((line) => line.startsWith('[2]')) ?? '',
    /#011train-rmse:\S+#011validation-rmse:\S+/,
  );
});

test('process_type=update refreshes the leaves of the checkpoint with other rows', async () => {
  const first = await run({}, { checkpoints: new Map() });
  const update = { process_type: 'update', updater: 'refresh,prune' };
  const same = await run(update, { checkpoints: first.checkpoints });
  const [old] = readArtifact(first.model);
  const [refreshed] = readArtifact(same.model);
  assert.ok(old?.ensemble.kind === 'gbtree' && refreshed?.ensemble.kind === 'gbtree');
  for (const [index, tree] of refreshed.ensemble.trees.entries())
    for (const [node, condition] of tree.splitConditions.entries())
      assert.ok(Math.abs(condition - (old.ensemble.trees[index]?.splitConditions[node] ?? 0)) < 1e-5);
  const none = await trainInFolder(xgboost, job(update));
  assert.match(none.failure, /^ClientError: process_type 'update' needs a model/);
});

const mistakes: [string, Record<string, string>, Buffer, string, RegExp][] = [
  [
    'a class that is not there',
    { objective: 'multi:softmax', num_class: '2' },
    Buffer.from('2,1\n'),
    'text/csv',
    /line 1, column 1: the label is 2, and must be a whole number from 0 to 1/,
  ],
  [
    'a label that is no probability',
    { objective: 'binary:logistic' },
    Buffer.from('0,1\n3,1\n'),
    'text/csv',
    /line 2.*the label is 3/,
  ],
  ['text in libsvm', {}, Buffer.from('1 0:1\n1 0:x\n'), 'text/libsvm', /file train\/a, line 2: 'x' is not a number/],
  [
    'libsvm without a colon',
    {},
    Buffer.from('1 0:1 7\n'),
    'text/libsvm',
    /line 1: '7' is not of the form feature:value/,
  ],
  ['a feature given twice', {}, Buffer.from('1 0:1 0:2\n'), 'text/libsvm', /line 1: feature 0 is given twice/],
  [
    'qid out of order',
    { objective: 'rank:ndcg' },
    Buffer.from('1 qid:2 0:1\n0 qid:1 0:2\n'),
    'text/libsvm',
    /line 2: qid 1 comes after qid 2/,
  ],
  [
    'an infinite value',
    {},
    Buffer.from('1,1e99\n'),
    'text/csv',
    /file train\/a, line 1, column 2: '1e99' is out of range/,
  ],
  [
    'more features than there is memory for',
    {},
    Buffer.from('1 2000000000:1\n'),
    'text/libsvm',
    /1 rows with 2000000001 features.* needs 128 GB of memory, more than the \S+ GB/,
  ],
  [
    'a negative weight',
    { csv_weights: '1' },
    Buffer.from('1,-1,2\n'),
    'text/csv',
    /the weight -1 in the second column/,
  ],
  [
    'too many constraints',
    { monotone_constraints: '(1,0)' },
    Buffer.from('1,2\n'),
    'text/csv',
    /monotone_constraints has 2 numbers, and the rows have 1 feature/,
  ],
  [
    'a metric that is not there',
    { eval_metric: 'rmsee' },
    Buffer.from('1,2\n'),
    'text/csv',
    /eval_metric 'rmsee' is not known; did you mean 'rmse'/,
  ],
];
for (const [what, more, bytes, contentType, expected] of mistakes) {
  test(`${what} is a client error that says where`, async () => {
    const { failure } = await trainInFolder(xgboost, {
      hyperparameters: { ...base, ...more },
      channels: { train: { contentType, files: { a: bytes } } },
    });
    assert.match(failure, /^ClientError: /);
    assert.match(failure, expected);
  });
}
