/** Whole jobs: several hosts, checkpoints, streaming, what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecord } from '../formats/record-writer.ts';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { recordioFile, type SampleRows } from '../testing/sample-files.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome, type TrainingRun } from '../testing/training-folder.ts';
import { factorizationMachines } from './index.ts';

const hyperparameters = {
  predictor_type: 'regressor',
  feature_dim: '12',
  num_factors: '4',
  mini_batch_size: '50',
  epochs: '6',
  factors_lr: '0.03',
  linear_lr: '0.03',
  factors_init_sigma: '0.1',
};

/** Users, items and a number of their own; the label is an interaction of user and item, and noise. */
function ratings(rows: number, seed: number): SampleRows {
  const random = new Random(seed);
  const taste = [1, -1, 0.5, -0.5, 1, -1];
  const features = Array.from({ length: rows }, () => {
    const [user, item] = [random.below(6), random.below(5)];
    return Array.from({ length: 12 }, (_, key) =>
      key === user || key === 6 + item ? 1 : key === 11 ? random.below(9) / 4 : 0,
    );
  });
  const labels = features.map((row) => {
    const [user, item] = [row.indexOf(1), row.indexOf(1, 6) - 6];
    return Math.fround((taste[user] ?? 0) * (item - 2) + random.normal() / 20);
  });
  return { features, labels };
}

const all = ratings(400, 1);
const part = (from: number, to: number): SampleRows => ({
  features: all.features.slice(from, to),
  labels: all.labels?.slice(from, to),
});
const run = (rows: SampleRows, more: Partial<TrainingRun> & { set?: Record<string, string> } = {}): TrainingRun => ({
  channels: { train: { files: { 'a.pbr': recordioFile(rows, true) } } },
  ...more,
  hyperparameters: { ...hyperparameters, ...more.set },
});
const bytesOf = (outcome: TrainingOutcome): Buffer => {
  assert.equal(outcome.exitCode, 0, outcome.failure);
  return Buffer.from(outcome.model.get('model_algo-1') ?? []);
};

test('a job may go on for more epochs than it began with, but not with other rates', async () => {
  const longer = { epochs: '8' };
  const expected = bytesOf(await trainInFolder(factorizationMachines, run(all, { set: longer })));
  const { checkpoints } = await trainInFolder(factorizationMachines, run(all, { checkpoints: new Map() }));
  const more = await trainInFolder(factorizationMachines, run(all, { checkpoints, set: longer }));
  assert.ok(!more.log.some((line) => line.includes('epoch=5,')) && more.log.some((line) => line.includes('epoch=6,')));
  assert.deepEqual(bytesOf(more), expected);
  const other = await trainInFolder(factorizationMachines, run(all, { checkpoints, set: { factors_lr: '0.5' } }));
  assert.match(other.failure, /ClientError: the checkpoint was saved with factors_lr=0.03/);
});

test('hosts with a part of the rows each train the model of one host with all of them', async () => {
  // Batches of two hosts together have the rows of one batch of the single host.
  const mixed: SampleRows = { features: [], labels: [] };
  const [features, labels] = [[] as (readonly number[])[], [] as number[]];
  for (let start = 0; start < 200; start += 25)
    for (const offset of [0, 200]) {
      features.push(...part(offset + start, offset + start + 25).features);
      labels.push(...(part(offset + start, offset + start + 25).labels ?? []));
    }
  const together = await trainOnHosts(
    factorizationMachines,
    [part(0, 200), part(200, 400)].map((rows) =>
      run(rows, {
        set: { mini_batch_size: '25' },
        channels: {
          train: { files: { 'a.pbr': recordioFile(rows) } },
          test: { files: { 'a.pbr': recordioFile(rows) } },
        },
      }),
    ),
  );
  const alone = await trainInFolder(factorizationMachines, run({ ...mixed, features, labels }));
  const [first, second] = together.map(bytesOf);
  assert.deepEqual(first, second);
  const models = await Promise.all([together[0]?.model, alone.model].map((files) => loadModel(files ?? new Map())));
  const answer = models[0]?.invoke({
    contentType: 'application/json',
    accept: undefined,
    body: Buffer.from(JSON.stringify({ instances: [{ features: all.features[0] }] })),
  });
  assert.match(String(answer?.body), /^\{"predictions": \[\{"score": -?[\d.]+\}\]\}$/, 'a regressor has a score alone');
  const [ours, its] = models.map((model) => model.predict(all.features).map((row) => Number(row['score'])));
  for (const [index, score] of (ours ?? []).entries()) assert.ok(Math.abs(score - (its?.[index] ?? 0)) < 1e-3);
  const scores = together.map(({ log }) =>
    log
      .find((line) => line.includes('test rmse'))
      ?.split('=')
      .at(-1),
  );
  assert.ok(scores[0] !== undefined && Number(scores[0]) < 0.5);
  assert.equal(scores[0], scores[1]);
});

test('hosts with different numbers of rows end every epoch together, and stop together', async () => {
  const uneven = await trainOnHosts(factorizationMachines, [
    run(part(0, 310)),
    run(part(310, 330)),
    run(part(330, 400)),
  ]);
  const [first, ...others] = uneven.map(bytesOf);
  for (const other of others) assert.deepEqual(other, first);
  const stopped = await trainOnHosts(factorizationMachines, [
    run(part(0, 100), { set: { epochs: '100000' } }),
    run(part(100, 400), { set: { epochs: '100000' }, stopAt: /epoch=3, train rmse/ }),
  ]);
  const [one, two] = stopped.map(bytesOf);
  assert.deepEqual(one, two);
});

test('interrupted hosts go on from the checkpoint of the first', async () => {
  const parts = [part(0, 150), part(150, 400)];
  const expected = (
    await trainOnHosts(
      factorizationMachines,
      parts.map((rows) => run(rows)),
    )
  ).map(bytesOf);
  const stopAt = /epoch=1, train rmse/;
  const halves = await trainOnHosts(
    factorizationMachines,
    parts.map((rows) => run(rows, { checkpoints: new Map(), stopAt })),
  );
  const checkpoints = halves[0]?.checkpoints ?? new Map();
  const resumed = await trainOnHosts(
    factorizationMachines,
    parts.map((rows, rank) => run(rows, { checkpoints: rank === 0 ? checkpoints : new Map() })),
  );
  assert.deepEqual(resumed.map(bytesOf), expected);
});

test('a model that does not fit in memory is refused with the numbers, before data is read', async () => {
  const { failure } = await trainInFolder(
    factorizationMachines,
    run(all, { set: { feature_dim: '4294967296', num_factors: '64' } }),
  );
  assert.match(
    failure,
    /^ClientError: a model of feature_dim=4294967296 and num_factors=64.* needs 3\.52e\+3 GB of memory/,
  );
});

test('keys up to feature_dim are taken, and what is wrong in a sparse row is told with its place', async () => {
  const record = (keys: number[], values: number[], shape: number[], type: 'float32' | 'float64' = 'float32'): Buffer =>
    Buffer.from(
      encodeRecord({
        features: {
          values: {
            type,
            values: type === 'float32' ? Float32Array.from(values) : Float64Array.from(values),
            keys: Float64Array.from(keys),
            shape,
          },
        },
        label: { values: { type: 'float32', values: Float32Array.of(1), keys: new Float64Array(0), shape: [] } },
      }),
    );
  const train = (file: Buffer): Promise<TrainingOutcome> =>
    trainInFolder(factorizationMachines, {
      ...run(all, { set: { feature_dim: '1000000', num_factors: '2', epochs: '1' } }),
      channels: { train: { files: { 'a.pbr': file } } },
    });
  const good = record([999_999, 7], [1, 1], [1_000_000]);
  assert.equal((await train(good)).exitCode, 0);
  assert.equal((await train(record([5], [1], []))).exitCode, 0);
  const wrong: [Buffer, RegExp][] = [
    [
      record([1_000_000], [1], [1_000_000]),
      /record 2 \(offset \d+\): key 1000000 is out of range for 1000000 features/,
    ],
    [record([5, 9, 5], [1, 1, 1], []), /key 5 occurs twice/],
    [record([5, 9], [1], []), /2 keys for 1 values/],
    [record([5], [1], [12]), /12 features, expected 1000000/],
    [record([5], [1], [], 'float64'), /features of type float64; only float32 is supported/],
  ];
  for (const [bytes, expected] of wrong) {
    const { failure } = await train(Buffer.concat([good, bytes]));
    assert.match(failure, /^ClientError: file train\/a\.pbr, record 2 /);
    assert.match(failure, expected);
  }
});

test('labels of a binary classifier must be 0 and 1, and a loss that is no longer finite is told', async () => {
  const { failure } = await trainInFolder(
    factorizationMachines,
    run(all, { set: { predictor_type: 'binary_classifier' } }),
  );
  assert.match(
    failure,
    /ClientError: file train\/a\.pbr, record 1 \(offset 0\): the label is .*, but a binary_classifier needs/,
  );
  const diverged = await trainInFolder(factorizationMachines, run(all, { set: { factors_lr: '1e30' } }));
  assert.match(diverged.failure, /AlgorithmError: the loss is no longer a finite number/);
});
