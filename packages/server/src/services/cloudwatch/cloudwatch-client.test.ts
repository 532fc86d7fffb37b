import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  CloudWatchClient,
  GetMetricStatisticsCommand,
  paginateGetMetricData,
  paginateListMetrics,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { wallClock } from '../../clock.ts';
import { openFrontDoor } from '../../front-door/testing/open-front-door.ts';
import { openSqliteMetricStore } from '../../observability/sqlite-metric-store.ts';
import { cloudwatchService } from './index.ts';

const Namespace = 'my/app';
const MINUTE = 60_000;

test('the AWS SDK for JavaScript puts metrics and reads them back', async (t) => {
  const client = await connect(t);
  const start = new Date(Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE);
  const minute = (index: number) => new Date(start.getTime() + index * MINUTE);
  const Dimensions = [{ Name: 'Host', Value: 'a' }];
  const MetricData = [0, 1, 2].map((index) => ({
    MetricName: 'load',
    Dimensions,
    Timestamp: minute(index),
    Value: index + 0.5,
    Unit: 'Percent' as const,
  }));
  await client.send(new PutMetricDataCommand({ Namespace, MetricData }));

  const query = { Namespace, MetricName: 'load', Dimensions, StartTime: start, EndTime: minute(10), Period: 60 };
  const statistics = await client.send(
    new GetMetricStatisticsCommand({ ...query, Statistics: ['Average'], ExtendedStatistics: ['p90'] }),
  );
  assert.deepEqual(
    statistics.Datapoints?.map(({ Timestamp, Average, Unit, ExtendedStatistics }) => [
      Timestamp,
      Average,
      Unit,
      ExtendedStatistics,
    ]),
    [0, 1, 2].map((index) => [minute(index), index + 0.5, 'Percent', { p90: index + 0.5 }]),
  );

  const values: (number | undefined)[] = [];
  const MetricDataQueries = [
    { Id: 'load', MetricStat: { Metric: { Namespace, MetricName: 'load', Dimensions }, Period: 60, Stat: 'Sum' } },
  ];
  const ask = { MetricDataQueries, StartTime: start, EndTime: minute(10), MaxDatapoints: 2 };
  for await (const page of paginateGetMetricData({ client }, ask))
    values.push(...(page.MetricDataResults?.[0]?.Values ?? []));
  assert.deepEqual(values, [2.5, 1.5, 0.5]);

  const names: (string | undefined)[] = [];
  for await (const page of paginateListMetrics({ client }, { Namespace }))
    names.push(...(page.Metrics ?? []).map(({ MetricName }) => MetricName));
  assert.deepEqual(names, ['load']);
});

test('the AWS SDK for JavaScript is told what is wrong, by the code it knows', async (t) => {
  const client = await connect(t);
  const ask = client.send(
    new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: 'm', Value: 1, Values: [1] }] }),
  );
  await assert.rejects(ask, (error: Error) => {
    assert.match(error.name, /^InvalidParameterCombination/);
    assert.match(error.message, /mutually exclusive/);
    return true;
  });
});

async function connect(t: TestContext): Promise<CloudWatchClient> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-metrics-'));
  const metrics = await openSqliteMetricStore({ file: join(folder, 'metrics.db'), clock: wallClock });
  t.after(async () => {
    await metrics.close();
    await rm(folder, { recursive: true });
  });
  const { url, key } = await openFrontDoor(t, { services: [cloudwatchService({ metrics, clock: wallClock })] });
  const client = new CloudWatchClient({ endpoint: url, region: 'us-east-1', credentials: key });
  t.after(() => client.destroy());
  return client;
}
