import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { WireError } from '@rung/wire';
import type { CloudwatchOperations, GetMetricDataInput, MetricDatum } from '@rung/wire/types/cloudwatch';
import { openSqliteMetricStore } from '../../observability/sqlite-metric-store.ts';
import { SteppedClock } from '../../testing/stepped-clock.ts';
import { caller } from '../testing/caller.ts';
import { cloudwatchService } from './index.ts';

const Namespace = '/aws/sagemaker/TrainingJobs';
const Dimensions = [{ Name: 'TrainingJobName', Value: 'job' }];
const HOUR = 60 * 60 * 1000;

test('what the sagemaker SDK asks after training: averages of a metric by the minute', async (t) => {
  const { call, at } = await place(t);
  const loss = (minute: number, Value: number): MetricDatum => ({
    MetricName: 'train:loss',
    Dimensions,
    Timestamp: at(minute),
    Value,
    Unit: 'None',
  });
  await call('PutMetricData', { Namespace, MetricData: [loss(0, 4), loss(0.5, 2), loss(3, 1)] });
  const answer = await call('GetMetricStatistics', {
    Namespace,
    MetricName: 'train:loss',
    Dimensions,
    StartTime: at(0),
    EndTime: at(60),
    Period: 60,
    Statistics: ['Average'],
  });
  assert.deepEqual(answer, {
    Label: 'train:loss',
    Datapoints: [
      { Timestamp: at(0), Average: 3, Unit: 'None' },
      { Timestamp: at(3), Average: 1, Unit: 'None' },
    ],
  });
});

test('values come alone, as sets, or as arrays with counts; percentiles know the arrays', async (t) => {
  const { call, at } = await place(t);
  const MetricName = 'latency';
  await call('PutMetricData', {
    Namespace,
    MetricData: [
      { MetricName, Timestamp: at(0), Value: 1 },
      { MetricName, Timestamp: at(0), Values: [2, 3], Counts: [1, 2] },
      { MetricName, Timestamp: at(5), StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 } },
    ],
  });
  const { Datapoints } = await call('GetMetricStatistics', {
    Namespace,
    MetricName,
    StartTime: at(0),
    EndTime: at(60),
    Period: 60,
    Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum'],
    ExtendedStatistics: ['p50', 'p100'],
  });
  assert.deepEqual(Datapoints, [
    {
      Timestamp: at(0),
      SampleCount: 4,
      Sum: 9,
      Minimum: 1,
      Maximum: 3,
      Unit: 'None',
      ExtendedStatistics: { p50: 2.5, p100: 3 },
    },
    { Timestamp: at(5), SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4, Unit: 'None' },
  ]);
});

const badData: [string, MetricDatum, string][] = [
  ['no value', { MetricName: 'm' }, 'MissingRequiredParameterException'],
  ['two values', { MetricName: 'm', Value: 1, Values: [1] }, 'InvalidParameterCombinationException'],
  ['NaN', { MetricName: 'm', Value: Number.NaN }, 'InvalidParameterValueException'],
  ['infinity in an array', { MetricName: 'm', Values: [1, Infinity] }, 'InvalidParameterValueException'],
  ['counts that do not fit', { MetricName: 'm', Values: [1, 2], Counts: [1] }, 'InvalidParameterCombinationException'],
  ['no counts', { MetricName: 'm', Values: [1], Counts: [0] }, 'InvalidParameterValueException'],
  ['an empty array', { MetricName: 'm', Values: [] }, 'InvalidParameterValueException'],
  [
    'an empty set',
    { MetricName: 'm', StatisticValues: { SampleCount: 0, Sum: 0, Minimum: 0, Maximum: 0 } },
    'InvalidParameterValueException',
  ],
  [
    'a set upside down',
    { MetricName: 'm', StatisticValues: { SampleCount: 1, Sum: 0, Minimum: 1, Maximum: 0 } },
    'InvalidParameterValueException',
  ],
  [
    'one dimension twice',
    { MetricName: 'm', Value: 1, Dimensions: [...Dimensions, ...Dimensions] },
    'InvalidParameterValueException',
  ],
  ['a time long ago', { MetricName: 'm', Value: 1, Timestamp: new Date(0) }, 'InvalidParameterValueException'],
  [
    'a time far ahead',
    { MetricName: 'm', Value: 1, Timestamp: new Date('2999-01-01') },
    'InvalidParameterValueException',
  ],
];

for (const [what, datum, code] of badData) {
  test(`a datum with ${what} is refused, and nothing of its request is kept`, async (t) => {
    const { call } = await place(t);
    await refused(call('PutMetricData', { Namespace, MetricData: [{ MetricName: 'good', Value: 1 }, datum] }), code);
    assert.deepEqual((await call('ListMetrics', {})).Metrics, []);
  });
}

test('statistics without sense are refused', async (t) => {
  const { call, at } = await place(t);
  const good = {
    Namespace,
    MetricName: 'm',
    StartTime: at(0),
    EndTime: at(60),
    Period: 60,
    Statistics: ['Sum'],
  } as const;
  assert.deepEqual((await call('GetMetricStatistics', good)).Datapoints, []);
  await refused(call('GetMetricStatistics', { ...good, EndTime: at(0) }), 'InvalidParameterValueException');
  await refused(call('GetMetricStatistics', { ...good, Period: 45 }), 'InvalidParameterValueException');
  await refused(call('GetMetricStatistics', { ...good, Statistics: undefined }), 'MissingRequiredParameterException');
  await refused(
    call('GetMetricStatistics', { ...good, Period: 1 }),
    'InvalidParameterCombinationException',
    /3,600 datapoints/,
  );
  await refused(
    call('GetMetricStatistics', { ...good, ExtendedStatistics: ['tm90'] }),
    'InvalidParameterValueException',
    /tm90/,
  );
  await refused(
    call('PutMetricData', { Namespace: 'AWS/SageMaker', MetricData: [{ MetricName: 'm', Value: 1 }] }),
    'InvalidParameterValueException',
    /AWS\//,
  );
  await refused(call('PutMetricData', { Namespace }), 'MissingRequiredParameterException');
});

test('data of several metrics come newest first, in pages', async (t) => {
  const { call, at } = await place(t);
  for (const [MetricName, count] of [
    ['a', 3],
    ['b', 2],
  ] as const) {
    await call('PutMetricData', {
      Namespace,
      MetricData: Array.from({ length: count }, (_, minute) => ({ MetricName, Timestamp: at(minute), Value: minute })),
    });
  }
  const query = (Id: string, MetricName: string, Stat = 'Maximum') => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName }, Period: 60, Stat },
  });
  const ask: GetMetricDataInput = {
    MetricDataQueries: [query('q1', 'a'), query('q2', 'none'), query('q3', 'b', 'p99')],
    StartTime: at(0),
    EndTime: at(60),
  };
  const whole = await call('GetMetricData', ask);
  assert.deepEqual(
    whole.MetricDataResults?.map(({ Id, Label, Values, StatusCode }) => [Id, Label, Values, StatusCode]),
    [
      ['q1', 'a', [2, 1, 0], 'Complete'],
      ['q2', 'none', [], 'Complete'],
      ['q3', 'b', [1, 0], 'Complete'],
    ],
  );
  assert.equal(whole.NextToken, undefined);

  const values: Record<string, number[]> = {};
  let pages = 0;
  for (let NextToken: string | undefined; ;) {
    const page = await call('GetMetricData', { ...ask, MaxDatapoints: 2, ScanBy: 'TimestampAscending', NextToken });
    pages += 1;
    for (const { Id = '', Values = [] } of page.MetricDataResults ?? []) (values[Id] ??= []).push(...Values);
    if (page.NextToken === undefined) break;
    NextToken = page.NextToken;
  }
  assert.deepEqual([pages, values], [3, { q1: [0, 1, 2], q2: [], q3: [0, 1] }]);
  const hidden = await call('GetMetricData', {
    ...ask,
    MetricDataQueries: [{ ...query('q1', 'a'), ReturnData: false }],
  });
  assert.deepEqual(hidden.MetricDataResults, []);
});

test('data queries without sense are refused; expressions say what to do instead', async (t) => {
  const { call, at } = await place(t);
  const ask = (...MetricDataQueries: GetMetricDataInput['MetricDataQueries']) =>
    call('GetMetricData', { MetricDataQueries, StartTime: at(0), EndTime: at(1) });
  const stat = { Metric: { Namespace, MetricName: 'm' }, Period: 60, Stat: 'Sum' };
  await refused(
    ask({ Id: 'e', Expression: 'm1 / m2' }),
    'ValidationError',
    /expressions are not supported.*MetricStat/,
  );
  await refused(ask({ Id: 'e' }), 'ValidationError');
  await refused(ask(), 'ValidationError');
  await refused(ask({ Id: 'e', MetricStat: stat }, { Id: 'e', MetricStat: stat }), 'ValidationError', /not unique/);
  await refused(ask({ Id: 'e', MetricStat: { ...stat, Stat: 'Median' } }), 'ValidationError', /Median/);
  await refused(ask({ Id: 'e', MetricStat: { ...stat, Metric: { Namespace } } }), 'ValidationError');
  await refused(
    call('GetMetricData', {
      MetricDataQueries: [{ Id: 'e', MetricStat: stat }],
      StartTime: at(0),
      EndTime: at(1),
      NextToken: 'x',
    }),
    'InvalidNextToken',
  );
});

test('metrics are listed in pages of 500, by what they have, and by whether they are recent', async (t) => {
  const { call, at } = await place(t);
  const MetricData = Array.from({ length: 501 }, (_, index) => ({
    MetricName: `m${index}`,
    Dimensions: [{ Name: 'Host', Value: `h${index % 2}` }],
    Timestamp: at(index === 7 ? 0 : -600),
    Value: 1,
  }));
  await call('PutMetricData', { Namespace, MetricData });
  const first = await call('ListMetrics', { Namespace });
  const second = await call('ListMetrics', { Namespace, NextToken: first.NextToken });
  assert.deepEqual([first.Metrics?.length, second.Metrics?.length, second.NextToken], [500, 1, undefined]);
  const names = new Set([...(first.Metrics ?? []), ...(second.Metrics ?? [])].map(({ MetricName }) => MetricName));
  assert.equal(names.size, 501);
  assert.equal((await call('ListMetrics', { Dimensions: [{ Name: 'Host', Value: 'h1' }] })).Metrics?.length, 250);
  assert.deepEqual((await call('ListMetrics', { RecentlyActive: 'PT3H' })).Metrics, [
    { Namespace, MetricName: 'm7', Dimensions: [{ Name: 'Host', Value: 'h1' }] },
  ]);
  await refused(call('ListMetrics', { NextToken: 'x' }), 'InvalidParameterValueException');
});

async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rung-metrics-'));
  const clock = new SteppedClock();
  const metrics = await openSqliteMetricStore({ file: join(folder, 'metrics.db'), clock });
  t.after(async () => {
    await metrics.close();
    await rm(folder, { recursive: true });
  });
  const call = caller<CloudwatchOperations>(cloudwatchService({ metrics, clock }));
  const at = (minute: number) => new Date(clock.now().getTime() - HOUR + minute * 60_000);
  return { call, at };
}

async function refused(attempt: Promise<unknown>, code: string, message = /./): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof WireError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}
