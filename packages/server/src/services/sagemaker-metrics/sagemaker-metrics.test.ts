import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { wallClock } from '../../clock.ts';
import { openSqliteMetricStore } from '../../observability/sqlite-metric-store.ts';
import { batchGetMetrics } from './batch-get-metrics.ts';
import { batchPutMetrics } from './batch-put-metrics.ts';

test("a trial component's values come back over time, and what cannot be answered says why", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rung-metrics-'));
  const metrics = await openSqliteMetricStore({ file: join(folder, 'metrics.db'), clock: wallClock });
  t.after(async () => {
    await metrics.close();
    rmSync(folder, { recursive: true });
  });
  const resources = { metrics, clock: wallClock };
  const minute = Math.floor(Date.now() / 60_000) * 60 - 60;
  const at = (second: number, Value: number): { MetricName: string; Timestamp: Date; Value: number } => ({
    MetricName: 'loss',
    Timestamp: new Date((minute + second) * 1000),
    Value,
  });
  const put = await batchPutMetrics(resources, {
    TrialComponentName: 'Job-1-aws-training-job',
    MetricData: [at(1, 4), at(2, 2), at(3, Number.NaN)],
  });
  assert.deepEqual(put, { Errors: [{ Code: 'VALIDATION_ERROR', MetricIndex: 2 }] });
  const query = {
    MetricName: 'loss',
    ResourceArn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/job-1',
    XAxisType: 'Timestamp',
    Period: 'OneMinute',
  } as const;
  const { MetricQueryResults } = await batchGetMetrics(resources, {
    MetricQueries: [
      { ...query, MetricStat: 'Avg' },
      { ...query, MetricStat: 'Min' },
      { ...query, MetricStat: 'StdDev' },
      { ...query, MetricStat: 'Avg', XAxisType: 'IterationNumber' },
      { ...query, MetricStat: 'Avg', ResourceArn: 'arn:aws:sagemaker:us-east-1:000000000000:model/m' },
    ],
  });
  assert.deepEqual(MetricQueryResults?.slice(0, 2), [
    { Status: 'Complete', XAxisValues: [minute], MetricValues: [3] },
    { Status: 'Complete', XAxisValues: [minute], MetricValues: [2] },
  ]);
  assert.deepEqual(
    MetricQueryResults?.slice(2).map(({ Status, Message }) => [Status, Message?.split(':')[0]]),
    [
      ['ValidationError', 'Rung does not compute StdDev'],
      ['ValidationError', 'Rung keeps metrics by time, not by iteration'],
      ['ValidationError', 'arn'],
    ],
  );
});
