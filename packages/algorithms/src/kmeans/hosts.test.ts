/** Jobs of several hosts, over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSocketCollective } from '../collective/socket-collective.ts';
import { openKernels, type Kernels } from '../kernels/kernels.ts';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { assertSameModel, scraped } from '../testing/outcomes.ts';
import { csvFile, partOf, recordioFile, type SampleRows } from '../testing/sample-files.ts';
import {
  freePorts,
  trainInFolder,
  trainOnHosts,
  type TrainingOutcome,
  type TrainingRun,
} from '../testing/training-folder.ts';
import { Centers } from './centers.ts';
import { kmeans } from './index.ts';
import { lloydTogether } from './lloyd-together.ts';
import { lloyd } from './lloyd.ts';

const random = new Random(23);
const places = Array.from({ length: 6 }, () => [10 * random.normal(), 100 + 10 * random.normal(), random.normal()]);
/** Sorted by place: a host with a part of them knows only some of the places. */
const rows: SampleRows = {
  features: Array.from({ length: 1200 }, (_, row) =>
    (places[Math.floor(row / 200)] ?? []).map((value) => value + random.normal() / 5),
  ),
};
const hyperparameters = { k: '6', feature_dim: '3', mini_batch_size: '100' };

const run = (part: SampleRows, set: Record<string, string> = {}, more: Partial<TrainingRun> = {}): TrainingRun => {
  const files = { 'a.pbr': recordioFile(part) };
  return { hyperparameters: { ...hyperparameters, ...set }, channels: { train: { files } }, threads: 1, ...more };
};
const withTest = (part: SampleRows): Partial<TrainingRun> => {
  const files = { 'a.pbr': recordioFile(part) };
  return { channels: { train: { files }, test: { files } } };
};
const modelOf = (outcome: TrainingOutcome | undefined): TrainingOutcome['model'] => {
  assert.equal(outcome?.failure, '');
  return outcome?.model ?? new Map();
};
async function meanDistance(model: TrainingOutcome['model']): Promise<number> {
  const squares = (await loadModel(model)).predict(rows.features).map((row) => Number(row['distance_to_cluster']) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

const parts = [partOf(rows, 0, 700), partOf(rows, 700, 705), partOf(rows, 705)];
const variants: Record<string, string>[] = [
  {},
  { init_method: 'kmeans++', epochs: '2' },
  { half_life_time_size: '5000', epochs: '3', extra_center_factor: '4' },
];
for (const set of variants) {
  test(`hosts with different numbers of rows find the clusters of all: ${JSON.stringify(set)}`, async () => {
    const outcomes = await trainOnHosts(
      kmeans,
      parts.map((part) => run(part, set, withTest(part))),
    );
    const alone = modelOf(await trainInFolder(kmeans, run(rows, set)));
    const [first, ...others] = outcomes;
    for (const other of others) assertSameModel(modelOf(other), modelOf(first), 'another host');
    const [ours, its] = [await meanDistance(modelOf(first)), await meanDistance(alone)];
    assert.ok(ours <= its * 1.05, `${ours} against ${its} of one host`);
    for (const { log } of outcomes) {
      const [msd] = scraped(kmeans, 'test:msd', log);
      assert.ok(Math.abs(Number(msd) / ours - 1) < 1e-3, `test:msd ${msd}, not ${ours}`);
    }
  });
}

test('hosts stop together', async () => {
  const outcomes = await trainOnHosts(kmeans, [
    run(partOf(rows, 0, 600), { epochs: '100000' }),
    run(partOf(rows, 600), { epochs: '100000' }, { stopAt: /epoch=2, train msd/ }),
  ]);
  assertSameModel(modelOf(outcomes[1]), modelOf(outcomes[0]), 'second host');
});

test('what is wrong on one host ends the job on all of them', async () => {
  const csv = (text: string): Partial<TrainingRun> => ({
    channels: { train: { contentType: 'text/csv;label_size=0', files: { 'a.csv': Buffer.from(text) } } },
  });
  const good = csvFile(rows).toString();
  const wrong: [string, RegExp][] = [
    [good.split('\n').with(900, '1,2,x').join('\n'), /^ClientError: file train\/a\.csv, line 901, column 3: 'x' is/],
    ['', /^ClientError: channel train holds no rows/],
  ];
  for (const [text, expected] of wrong) {
    const outcomes = await trainOnHosts(kmeans, [run(rows, {}, csv(good)), run(rows, {}, csv(text))]);
    assert.match(outcomes[1]?.failure ?? '', expected);
    assert.match(outcomes[0]?.failure ?? '', /^AlgorithmError: host 2 of the job ended/);
  }
  const few = await trainOnHosts(kmeans, [run(partOf(rows, 0, 2)), run(partOf(rows, 2, 5))]);
  for (const { failure } of few)
    assert.match(failure, /^ClientError: channel train has 5 rows on all hosts, fewer than k=6 clusters/);
  const enough = await trainOnHosts(kmeans, [run(partOf(rows, 0, 2)), run(partOf(rows, 2, 7))]);
  assertSameModel(modelOf(enough[1]), modelOf(enough[0]), 'second host');
});

test("Lloyd's steps of hosts are those of one host, also where centers are without rows", async () => {
  const [count, columns] = [5, 3];
  const place = (kernels: Kernels, part: SampleRows) => {
    const values = kernels.heap.float32(part.features.length * 4);
    for (const [row, features] of part.features.entries()) values.values.set(features, row * 4);
    const centers = new Centers(kernels, count, columns);
    // Three are in one place, and two far from all rows.
    for (let center = 0; center < count; center++)
      centers.row(center).set(center < 3 ? (rows.features[700] ?? []) : [1e4, center, 0]);
    return { data: { rows: part.features.length, values: values.pointer, weights: 0 }, centers };
  };
  const options = { maxIterations: 30, tolerance: 0 };
  const kernels = openKernels({ threads: 1 });
  const alone = place(kernels, rows);
  const expected = lloyd(kernels, alone.data, alone.centers, options);
  const addresses = (await freePorts(2)).map((port) => ({ address: '127.0.0.1', port }));
  const results = await Promise.all(
    [partOf(rows, 0, 10), partOf(rows, 10)].map(async (part, rank) => {
      const collective = await openSocketCollective({ rank, addresses, job: 'lloyd' });
      const own = openKernels({ threads: 1 });
      const { data, centers } = place(own, part);
      const { loss } = await lloydTogether(own, collective, data, centers, options);
      const values = centers.values.values.slice();
      await own.close();
      await collective.close();
      return { loss, values };
    }),
  );
  assert.deepEqual(results[1], results[0]);
  assert.ok(Math.abs((results[0]?.loss ?? 0) / expected.loss - 1) < 1e-3, `${results[0]?.loss}, not ${expected.loss}`);
  await kernels.close();
});
