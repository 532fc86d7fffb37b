/** Jobs of several hosts, over real sockets, and jobs that go on after an interruption. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../load-model.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { Random } from '../random.ts';
import { assertSameModel } from '../testing/outcomes.ts';
import { csvFile, partOf, recordioFile, type SampleRows } from '../testing/sample-files.ts';
import { trainInFolder, trainOnHosts, type TrainingOutcome, type TrainingRun } from '../testing/training-folder.ts';
import { readArtifact } from './artifact.ts';
import { linearLearner } from './index.ts';
import type { LinearContext } from './train-context.ts';

const random = new Random(17);
const features = Array.from({ length: 900 }, () => [random.normal(), 500 + 20 * random.normal(), random.below(2)]);
const scores = features.map(([a = 0, b = 0, c = 0]) => 2 * a - (b - 500) / 10 + c);
const numbers: SampleRows = { features, labels: scores.map((score) => score + random.normal() / 10) };
const twoClasses: SampleRows = { features, labels: scores.map((score) => (score + random.normal() > 2 ? 1 : 0)) };
const manyClasses: SampleRows = { features, labels: scores.map((score) => (score > 2 ? 2 : score > -2 ? 1 : 0)) };

const kinds: [SampleRows, Record<string, string>][] = [
  [numbers, { predictor_type: 'regressor', num_models: '1', optimizer: 'sgd', lr_scheduler_step: '7' }],
  [numbers, { predictor_type: 'regressor', num_models: '3' }],
  [twoClasses, { predictor_type: 'binary_classifier', num_models: '6', positive_example_weight_mult: 'auto' }],
  [manyClasses, { predictor_type: 'multiclass_classifier', num_classes: '3', balance_multiclass_weights: 'true' }],
];

/** A run with these rows as training data, and others as validation and test data. */
const run = (rows: SampleRows, set: Record<string, string>, more: Partial<TrainingRun> = {}): TrainingRun => ({
  hyperparameters: { mini_batch_size: '30', epochs: '6', ...set },
  channels: { train: { files: { 'a.pbr': recordioFile(rows) } } },
  threads: 1,
  ...more,
});
const judgedBy = (rows: SampleRows, held: SampleRows): Partial<TrainingRun> => {
  const files = { 'a.pbr': recordioFile(held) };
  return { channels: { train: { files: { 'a.pbr': recordioFile(rows) } }, validation: { files }, test: { files } } };
};
const modelOf = (outcome: TrainingOutcome | undefined): TrainingOutcome['model'] => {
  assert.equal(outcome?.failure, '');
  return outcome?.model ?? new Map();
};
const metricLines = ({ log }: TrainingOutcome): string[] =>
  log.filter((line) => /#quality|Chose|#progress/.test(line)).map((line) => line.replace(/host=algo-\d/, ''));

for (const [rows, set] of kinds) {
  const name = `${set['predictor_type']}, ${set['num_models'] ?? 'all'} models`;

  test(`${name}: hosts with different numbers of rows hold one model, and measure it on the rows of all`, async () => {
    const parts = [partOf(rows, 0, 500), partOf(rows, 500, 560), partOf(rows, 560)];
    const held = [partOf(rows, 0, 300), partOf(rows, 300, 310), partOf(rows, 310)];
    const outcomes = await trainOnHosts(
      linearLearner,
      parts.map((part, rank) => run(part, set, judgedBy(part, held[rank] ?? part))),
    );
    const [first, ...others] = outcomes;
    for (const other of others) {
      assertSameModel(modelOf(other), modelOf(first), 'another host');
      assert.deepEqual(metricLines(other), first && metricLines(first));
    }
    // The metrics of the test channel are those of the model on all rows.
    const predictions = (await loadModel(modelOf(first))).predict(features);
    const wanted = set['predictor_type'] === 'regressor' ? 'mse' : 'accuracy';
    const logged = Number(
      first?.log
        .find((line) => line.includes(`test `) && line.includes(wanted) && line.startsWith('#quality'))
        ?.split('=')
        .at(-1),
    );
    const errors = predictions.map((row, index) => {
      const label = rows.labels?.[index] ?? 0;
      return wanted === 'mse' ? (Number(row['score']) - label) ** 2 : Number(row['predicted_label'] === label);
    });
    const own = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    assert.ok(Math.abs(logged - own) <= 1e-3 * Math.max(1, own), `${logged}, not ${own}`);
    assert.ok(wanted === 'mse' ? own < 0.05 : own > 0.8, `${wanted} ${own}`);
  });

  test(`${name}: an interrupted job goes on to the model of one that was not, on one host and on two`, async () => {
    const parts = [partOf(rows, 0, 600), partOf(rows, 600)];
    const held = partOf(rows, 200, 400);
    const stopAt = /epoch=2, validation objective_loss/;
    for (const count of [1, 2]) {
      const train = (checkpoints?: TrainingOutcome['checkpoints'], stops = false): Promise<TrainingOutcome[]> =>
        trainOnHosts(
          linearLearner,
          parts.slice(0, count).map((part, rank) =>
            run(part, set, {
              ...judgedBy(part, held),
              ...(checkpoints === undefined ? {} : { checkpoints: rank === 0 ? checkpoints : new Map() }),
              ...(stops && rank === count - 1 ? { stopAt } : {}),
            }),
          ),
        );
      const expected = await train();
      const stopped = await train(new Map(), true);
      assert.ok(!stopped[0]?.log.some((line) => line.includes('epoch=4,')), 'all hosts stop');
      const { checkpoints = new Map() } = stopped[0] ?? {};
      assert.ok(checkpoints.size > 0);
      const resumed = await train(checkpoints);
      assert.ok(!resumed[0]?.log.some((line) => line.includes('epoch=2,')), 'what was done is not done again');
      for (const [rank, outcome] of resumed.entries())
        assertSameModel(modelOf(outcome), modelOf(expected[rank]), `${count} hosts`);
      // What has ended is only judged again.
      const again = await train(resumed[0]?.checkpoints);
      assertSameModel(modelOf(again[0]), modelOf(expected[0]), 'ended');
    }
  });
}

test('a job that is told to stop while its first rows are read saves what it has, on one host and on two', async () => {
  for (const count of [1, 2]) {
    const told = new AbortController();
    const train = (context: LinearContext): Promise<void> => {
      const rows = context.channel('train');
      assert.ok(rows !== undefined);
      const sources: DataChannel['sources'] = (epoch) => {
        told.abort();
        return rows.sources(epoch);
      };
      const stopping = context.host === `algo-${count}` ? told.signal : context.stopping;
      const channel = (name: string): DataChannel | undefined => (name === 'train' ? { ...rows, sources } : undefined);
      return linearLearner.train({ ...context, stopping, channel });
    };
    const part = run(partOf(numbers, 0, 90), { predictor_type: 'regressor', num_models: '2' });
    const outcomes = await trainOnHosts(
      { ...linearLearner, train },
      Array.from({ length: count }, () => part),
    );
    for (const outcome of outcomes) assert.ok(modelOf(outcome).has('model_algo-1'));
  }
});

test('when one host is told to stop before there is a model, all end well', async () => {
  const part = run(partOf(numbers, 0, 90), { predictor_type: 'regressor' });
  for (const outcome of await trainOnHosts(linearLearner, [part, { ...part, stopped: true }])) modelOf(outcome);
});

test('hosts with the same rows train nearly the model of one host', async () => {
  const set = { predictor_type: 'regressor', num_models: '1', epochs: '20' };
  const [first, second] = await trainOnHosts(linearLearner, [run(numbers, set), run(numbers, set)]);
  assertSameModel(modelOf(second), modelOf(first), 'second host');
  const alone = await trainInFolder(linearLearner, run(numbers, set));
  const [ours, its] = [first, alone].map((outcome) => readArtifact(modelOf(outcome)));
  for (const [at, weight] of (its?.weights ?? []).entries())
    assert.ok(Math.abs((ours?.weights[at] ?? 0) - weight) < 0.02 * Math.max(1, Math.abs(weight)));
});

test('rows have more columns than a call may have arguments', async () => {
  const wide = Array.from({ length: 8 }, (_, row) =>
    Array.from({ length: 130_000 }, (_, column) => Number(column === row)),
  );
  const rows = run(
    { features: wide, labels: [1, 2, 3, 4, 5, 6, 7, 8] },
    { predictor_type: 'regressor', epochs: '2', num_models: '1' },
  );
  modelOf(await trainInFolder(linearLearner, rows));
});

test('a checkpoint of other data, hosts or hyperparameters is refused', async () => {
  const set = { predictor_type: 'regressor', num_models: '2' };
  const { checkpoints } = await trainInFolder(linearLearner, run(numbers, set, { checkpoints: new Map() }));
  const other = await trainInFolder(linearLearner, run(partOf(numbers, 1), set, { checkpoints }));
  assert.match(
    other.failure,
    /^ClientError: the checkpoint was saved with other training data or another number of hosts/,
  );
  const changed = await trainInFolder(linearLearner, run(numbers, { ...set, wd: '0.1' }, { checkpoints }));
  assert.match(changed.failure, /^ClientError: the checkpoint was saved with wd="auto", and the job has wd=0.1/);
  const hosts = await trainOnHosts(linearLearner, [run(numbers, set, { checkpoints }), run(numbers, set)]);
  for (const { failure } of hosts) assert.match(failure, /^ClientError: .*another number of hosts/);
});

test('what is wrong on one host ends the job on all of them', async () => {
  const set = { predictor_type: 'regressor', num_models: '1' };
  const csv = (text: string): Partial<TrainingRun> => ({
    channels: { train: { contentType: 'text/csv', files: { 'a.csv': Buffer.from(text) } } },
  });
  const good = csvFile(numbers).toString();
  const broken = good.split('\n').with(700, '1,2,x,4').join('\n');
  const wrong: [string, RegExp][] = [
    [broken, /^ClientError: file train\/a\.csv, line 701, column 3: 'x' is not a number/],
    ['', /^ClientError: channel train holds no rows/],
    ['1,2\n3,4\n', /^ClientError: the rows of the train channel have 3 features on algo-1 and 1 on algo-2/],
  ];
  for (const [text, expected] of wrong) {
    const outcomes = await trainOnHosts(linearLearner, [run(numbers, set, csv(good)), run(numbers, set, csv(text))]);
    assert.deepEqual(
      outcomes.map(({ exitCode }) => exitCode),
      [1, 1],
    );
    assert.match(outcomes[1]?.failure ?? '', expected);
    assert.match(outcomes[0]?.failure ?? '', /host 2 of the job ended|features on algo-1/);
  }
});
