import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { SteppedClock } from '../testing/stepped-clock.ts';
import type { MetricDatum, MetricId } from './metric-store.ts';
import { percentile } from './percentile.ts';
import { openSqliteMetricStore } from './sqlite-metric-store.ts';

const LOSS: MetricId = {
  namespace: '/aws/sagemaker/TrainingJobs',
  name: 'train:loss',
  dimensions: { TrainingJobName: 'job' },
};
const DAY = 24 * 60 * 60 * 1000;

test('points are folded into whole periods, the oldest first, and periods without data are left out', async (t) => {
  const { metrics } = await place(t);
  await metrics.put([at(0, 1), at(59_999, 3), at(60_000, 10), at(185_000, { sum: 30, count: 3, min: 5, max: 15 })]);
  const points = await metrics.statistics({ ...LOSS, start: new Date(30_000), end: new Date(200_000), period: 60 });
  assert.deepEqual(points, [
    { timestamp: new Date(0), sum: 4, count: 2, min: 1, max: 3, percentiles: {} },
    { timestamp: new Date(60_000), sum: 10, count: 1, min: 10, max: 10, percentiles: {} },
    { timestamp: new Date(180_000), sum: 30, count: 3, min: 5, max: 15, percentiles: {} },
  ]);
  assert.equal(
    (await metrics.statistics({ ...LOSS, start: new Date(0), end: new Date(60_000), period: 60 })).length,
    1,
  );
});

test('dimensions tell series apart, in whatever order they are named', async (t) => {
  const { metrics } = await place(t);
  const dimensions = { EndpointName: 'e', VariantName: 'v' };
  await metrics.put([{ ...LOSS, dimensions, timestamp: new Date(0), value: 1 }]);
  await metrics.put([
    { ...LOSS, dimensions: { VariantName: 'v', EndpointName: 'e' }, timestamp: new Date(1), value: 2 },
  ]);
  await metrics.put([{ ...LOSS, dimensions: {}, timestamp: new Date(2), value: 4 }]);
  const count = async (id: MetricId) =>
    (await metrics.statistics({ ...id, start: new Date(0), end: new Date(9), period: 1 }))[0]?.count;
  assert.equal(await count({ ...LOSS, dimensions }), 2);
  assert.equal(await count({ ...LOSS, dimensions: {} }), 1);
  assert.equal(await count(LOSS), undefined);
});

test('percentiles are those of a plain sort, equal observations folded or not', () => {
  const values = fc.array(
    fc.record({ value: fc.integer({ min: -50, max: 50 }), count: fc.integer({ min: 1, max: 4 }) }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 100 }), (observations, p) => {
      const plain = observations.flatMap(({ value, count }) => Array<number>(count).fill(value)).sort((a, b) => a - b);
      const rank = (p / 100) * (plain.length - 1);
      const [below = 0, above = 0] = [plain[Math.floor(rank)], plain[Math.ceil(rank)]];
      const expected = below + (above - below) * (rank - Math.floor(rank));
      assert.equal(
        percentile(
          observations.toSorted((a, b) => a.value - b.value),
          p,
        ),
        expected,
      );
    }),
  );
});

test('percentiles come per period, and only where single observations are known', async (t) => {
  const { metrics } = await place(t);
  await metrics.put(Array.from({ length: 101 }, (_, index) => at(index, index)));
  await metrics.put([
    at(60_000, { sum: 10, count: 2, min: 1, max: 9 }),
    at(120_000, { sum: 8, count: 4, min: 2, max: 2 }),
  ]);
  const points = await metrics.statistics({
    ...LOSS,
    start: new Date(0),
    end: new Date(180_000),
    period: 60,
    percentiles: [50, 99.9],
  });
  assert.deepEqual(
    points.map((point) => point.percentiles),
    [{ p50: 50, 'p99.9': 99.9 }, {}, { p50: 2, 'p99.9': 2 }],
  );
});

test('a unit narrows what is counted', async (t) => {
  const { metrics } = await place(t);
  await metrics.put([{ ...at(0, 1), unit: 'Seconds' }, { ...at(1, 2), unit: 'Count' }, at(2, 4)]);
  const query = { ...LOSS, start: new Date(0), end: new Date(9), period: 1 };
  assert.equal((await metrics.statistics(query))[0]?.sum, 7);
  const [seconds] = await metrics.statistics({ ...query, unit: 'Seconds' });
  assert.deepEqual([seconds?.sum, seconds?.unit], [1, 'Seconds']);
});

test('the latest is by its own time, the later put winning a tie', async (t) => {
  const { metrics } = await place(t);
  assert.equal(await metrics.latest(LOSS), undefined);
  await metrics.put([at(5, 1), at(9, 2), at(7, 3), at(9, 4)]);
  assert.deepEqual(await metrics.latest(LOSS), { timestamp: new Date(9), value: 4 });
});

test('metrics are listed by namespace, name, and dimensions that they have', async (t) => {
  const { metrics } = await place(t);
  const host = (name: string, Host: string): MetricDatum => ({
    namespace: 'n',
    name,
    dimensions: { Host },
    timestamp: new Date(0),
    value: 1,
  });
  await metrics.put([host('cpu', 'a'), host('cpu', 'b'), host('memory', 'a'), at(0, 1)]);
  const found = async (query: Parameters<typeof metrics.list>[0]) =>
    (await metrics.list(query)).map(({ name, dimensions }) => `${name} ${Object.values(dimensions).join()}`);
  assert.deepEqual(await found({}), ['train:loss job', 'cpu a', 'cpu b', 'memory a']);
  assert.deepEqual(await found({ namespace: 'n', name: 'cpu' }), ['cpu a', 'cpu b']);
  assert.deepEqual(await found({ dimensions: [{ name: 'Host', value: 'a' }] }), ['cpu a', 'memory a']);
  assert.deepEqual(await found({ dimensions: [{ name: 'TrainingJobName' }] }), ['train:loss job']);
  assert.deepEqual(await found({ dimensions: [{ name: 'constructor' }] }), []);
});

test('what was put is on disk after close, and what is too old is gone', async (t) => {
  const { metrics, file, clock } = await place(t);
  const now = clock.now().getTime();
  await metrics.put([at(now - 16 * DAY, 1), at(now - 14 * DAY, 2), { ...at(now - 16 * DAY, 1), name: 'forgotten' }]);
  // The first write in the background removes what is too old; wait until another connection sees that.
  const other = new DatabaseSync(file, { readOnly: true });
  t.after(() => other.close());
  const count = () => Number(other.prepare('select count(*) as n from datum').get()?.['n']);
  for (const deadline = Date.now() + 5_000; count() !== 1;) {
    assert.ok(Date.now() < deadline, `still ${count()} data`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(
    (await metrics.list({})).map(({ name }) => name),
    ['train:loss'],
  );
  await metrics.put([at(now, 3)]);
  await metrics.close();
  await metrics.close();
  const reopened = await openSqliteMetricStore({ file, clock });
  t.after(() => reopened.close());
  assert.deepEqual(await reopened.latest(LOSS), { timestamp: new Date(now), value: 3 });
});

test('data that cannot be written wait, and their writer is told before they grow without bound', async (t) => {
  const { metrics, file } = await place(t);
  await metrics.put([at(0, 1)]);
  await metrics.latest(LOSS);
  const other = new DatabaseSync(file);
  other.exec('drop table datum');
  other.close();
  await metrics.put(Array.from({ length: 20_000 }, (_, index) => at(index, 1)));
  await assert.rejects(metrics.put([at(0, 1)]), /no such table/);
  await assert.rejects(metrics.close(), /no such table/);
});

test('a hundred thousand points are put and read in bounded time', async (t) => {
  const { metrics } = await place(t);
  for (let batch = 0; batch < 100; batch += 1) {
    await metrics.put(Array.from({ length: 1_000 }, (_, index) => at(batch * 60_000 + index, index)));
  }
  const points = await metrics.statistics({
    ...LOSS,
    start: new Date(0),
    end: new Date(100 * 60_000),
    period: 60,
    percentiles: [99],
  });
  assert.equal(points.length, 100);
  assert.ok(points.every(({ count, percentiles }) => count === 1_000 && percentiles['p99'] === 989.01));
});

function at(time: number, value: MetricDatum['value']): MetricDatum {
  return { ...LOSS, timestamp: new Date(time), value };
}

async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rung-metrics-'));
  const file = join(folder, 'metrics.db');
  const clock = new SteppedClock();
  const metrics = await openSqliteMetricStore({ file, clock });
  t.after(async () => {
    await metrics.close();
    await rm(folder, { recursive: true });
  });
  return { metrics, file, clock };
}
