import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { WireError } from '@rung/wire';
import type { LogsOperations } from '@rung/wire/types/logs';
import { fileLogStore } from '../../observability/file-log-store.ts';
import { SteppedClock } from '../../testing/stepped-clock.ts';
import { caller } from '../testing/caller.ts';
import { logsService } from './index.ts';

const JOBS = '/aws/sagemaker/TrainingJobs';

test('a group and a stream are made once, described, and deleted', async (t) => {
  const { call } = await place(t);
  await call('CreateLogGroup', { logGroupName: 'g' });
  await refused(
    call('CreateLogGroup', { logGroupName: 'g' }),
    'ResourceAlreadyExistsException',
    'The specified log group already exists',
  );
  await call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' });
  await refused(
    call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' }),
    'ResourceAlreadyExistsException',
    'The specified log stream already exists',
  );
  const { logGroups } = await call('DescribeLogGroups', {});
  assert.equal(logGroups?.[0]?.arn, 'arn:aws:logs:us-east-1:000000000000:log-group:g:*');
  const { logStreams } = await call('DescribeLogStreams', {
    logGroupIdentifier: 'arn:aws:logs:us-east-1:000000000000:log-group:g',
  });
  assert.equal(logStreams?.[0]?.arn, 'arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:s');
  assert.equal(logStreams?.[0]?.firstEventTimestamp, undefined);
  await call('DeleteLogStream', { logGroupName: 'g', logStreamName: 's' });
  await refused(
    call('DeleteLogStream', { logGroupName: 'g', logStreamName: 's' }),
    'ResourceNotFoundException',
    'The specified log stream does not exist.',
  );
  await call('DeleteLogGroup', { logGroupName: 'g' });
  for (const attempt of [
    () => call('DeleteLogGroup', { logGroupName: 'g' }),
    () => call('DeleteLogStream', { logGroupName: 'g', logStreamName: 's' }),
    () => call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' }),
    () => call('DescribeLogStreams', { logGroupName: 'g' }),
    () => call('GetLogEvents', { logGroupName: 'g', logStreamName: 's' }),
    () => call('FilterLogEvents', { logGroupName: 'g' }),
    () => call('PutLogEvents', { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: 0, message: 'm' }] }),
  ]) {
    await refused(attempt(), 'ResourceNotFoundException', 'The specified log group does not exist.');
  }
});

test('groups come in pages and by part of their names', async (t) => {
  const { call } = await place(t);
  for (const logGroupName of ['/a/One', '/a/Two', '/b/Three']) await call('CreateLogGroup', { logGroupName });
  const first = await call('DescribeLogGroups', { limit: 2 });
  const second = await call('DescribeLogGroups', { limit: 2, nextToken: first.nextToken });
  const names = (page: typeof first) => page.logGroups?.map(({ logGroupName }) => logGroupName);
  assert.deepEqual([names(first), names(second), second.nextToken], [['/a/One', '/a/Two'], ['/b/Three'], undefined]);
  assert.deepEqual(names(await call('DescribeLogGroups', { logGroupNamePrefix: '/a' })), ['/a/One', '/a/Two']);
  assert.deepEqual(names(await call('DescribeLogGroups', { logGroupNamePattern: 'T' })), ['/a/Two', '/b/Three']);
  await refused(
    call('DescribeLogGroups', { nextToken: 'x' }),
    'InvalidParameterException',
    'The specified nextToken is invalid.',
  );
});

test('the streams of a job come without a next token, as the sagemaker SDK would ask for ever', async (t) => {
  const { call, logs } = await place(t);
  for (const host of [1, 2]) await logs.append(JOBS, `job/algo-${host}-17`, [{ timestamp: new Date(5), message: 'm' }]);
  await logs.append(JOBS, 'job-2/algo-1-17', [{ timestamp: new Date(5), message: 'm' }]);
  const query = { logGroupName: JOBS, logStreamNamePrefix: 'job/', orderBy: 'LogStreamName', limit: 2 } as const;
  const page = await call('DescribeLogStreams', query);
  assert.deepEqual(
    page.logStreams?.map(({ logStreamName }) => logStreamName),
    ['job/algo-1-17', 'job/algo-2-17'],
  );
  assert.equal('nextToken' in page, false);
  assert.ok((await call('DescribeLogStreams', { ...query, limit: 1 })).nextToken);
  await refused(
    call('DescribeLogStreams', { ...query, orderBy: 'LastEventTime' }),
    'InvalidParameterException',
    /Cannot order by LastEventTime/,
  );
});

test('a log is tailed page by page until a page is empty, then from where it ended', async (t) => {
  const { call, logs } = await place(t);
  const stream = { logGroupName: JOBS, logStreamName: 'job/algo-1-17' };
  const write = (from: number, to: number) =>
    logs.append(
      JOBS,
      stream.logStreamName,
      Array.from({ length: to - from }, (_, index) => ({
        timestamp: new Date(from + index),
        message: `m${from + index}`,
      })),
    );
  await write(0, 5);
  const seen: (string | undefined)[] = [];
  let nextToken: string | undefined;
  const tail = async () => {
    for (;;) {
      const page = await call('GetLogEvents', { ...stream, startFromHead: true, startTime: 1, limit: 2, nextToken });
      assert.ok(page.nextForwardToken && page.nextBackwardToken);
      nextToken = page.nextForwardToken;
      if (page.events?.length === 0) return;
      seen.push(...(page.events ?? []).map(({ message }) => message));
    }
  };
  await tail();
  await write(5, 6);
  await tail();
  assert.deepEqual(seen, ['m1', 'm2', 'm3', 'm4', 'm5']);
  const newest = await call('GetLogEvents', { ...stream, limit: 1 });
  assert.deepEqual(newest.events, [{ timestamp: 5, message: 'm5', ingestionTime: 5 }]);
  await refused(
    call('GetLogEvents', { ...stream, nextToken: 'x' }),
    'InvalidParameterException',
    'The specified nextToken is invalid.',
  );
  await refused(
    call('GetLogEvents', { ...stream, logStreamName: 'none' }),
    'ResourceNotFoundException',
    'The specified log stream does not exist.',
  );
  await refused(call('GetLogEvents', { logStreamName: 's' }), 'InvalidParameterException', /must be provided/);
});

test('events are put in order; what is too old or too new is told and left out', async (t) => {
  const { call, clock } = await place(t);
  const stream = { logGroupName: 'g', logStreamName: 's' };
  await call('CreateLogGroup', stream);
  await refused(
    call('PutLogEvents', { ...stream, logEvents: [] }),
    'ResourceNotFoundException',
    'The specified log stream does not exist.',
  );
  await call('CreateLogStream', stream);
  const now = clock.now().getTime();
  const day = 24 * 60 * 60 * 1000;
  const event = (timestamp: number) => ({ timestamp, message: String(timestamp) });
  assert.deepEqual(await call('PutLogEvents', { ...stream, logEvents: [event(now), event(now + 1)] }), {});
  const logEvents = [event(now - 15 * day), event(now - 15 * day), event(now + 2), event(now + day)];
  assert.deepEqual(await call('PutLogEvents', { ...stream, logEvents }), {
    rejectedLogEventsInfo: { tooOldLogEventEndIndex: 2, tooNewLogEventStartIndex: 3 },
  });
  const { events } = await call('GetLogEvents', stream);
  assert.deepEqual(
    events?.map(({ timestamp }) => timestamp),
    [now, now + 1, now + 2],
  );
  await refused(
    call('PutLogEvents', { ...stream, logEvents: [event(now), event(now - 1)] }),
    'InvalidParameterException',
    /chronological/,
  );
  const large = { timestamp: now, message: 'x'.repeat(600_000) };
  await refused(
    call('PutLogEvents', { ...stream, logEvents: [large, large] }),
    'InvalidParameterException',
    /Upload too large/,
  );
});

test('the events of many streams are one list by time, in pages that neither repeat nor skip', async (t) => {
  const { call, logs } = await place(t);
  // More streams than are merged at once, so that the token passes over that edge too.
  for (let stream = 0; stream < 60; stream += 1) {
    const events = Array.from({ length: 20 }, (_, index) => ({
      timestamp: new Date(index * 100 + stream),
      message: `${stream}-${index}${stream === 7 ? ' ERROR' : ''}`,
    }));
    await logs.append('g', `s${String(stream).padStart(2, '0')}`, events);
  }
  const walk = async (input: Omit<LogsOperations['FilterLogEvents']['input'], 'logGroupName'>) => {
    const found: { message?: string | undefined; timestamp?: number | undefined; eventId?: string | undefined }[] = [];
    for (let nextToken: string | undefined; ;) {
      const page = await call('FilterLogEvents', { logGroupName: 'g', ...input, nextToken });
      found.push(...(page.events ?? []));
      if (page.nextToken === undefined) return found;
      nextToken = page.nextToken;
    }
  };
  const everything = await walk({ limit: 97 });
  assert.equal(everything.length, 1_200);
  assert.equal(new Set(everything.map(({ eventId }) => eventId)).size, 1_200);
  assert.deepEqual(
    (await walk({})).map(({ eventId }) => eventId),
    everything.map(({ eventId }) => eventId),
  );
  const some = await walk({ logStreamNames: ['s05', 's03'], limit: 3 });
  assert.deepEqual(
    some.map(({ timestamp }) => timestamp),
    some.map(({ timestamp }) => timestamp).toSorted((a = 0, b = 0) => a - b),
  );
  assert.equal(some.length, 40);
  assert.equal((await walk({ filterPattern: 'ERROR' })).length, 20);
  assert.deepEqual(
    (await walk({ logStreamNamePrefix: 's1', startTime: 1_900, endTime: 1_912 })).map(({ message }) => message),
    ['10-19', '11-19'],
  );
  await refused(
    call('FilterLogEvents', { logGroupName: 'g', nextToken: 'x' }),
    'InvalidParameterException',
    /nextToken/,
  );
  await refused(
    walk({ logStreamNames: ['none'] }),
    'ResourceNotFoundException',
    'The specified log stream does not exist.',
  );
});

async function place(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rung-logs-'));
  t.after(() => rm(folder, { recursive: true }));
  const logs = fileLogStore(folder);
  const clock = new SteppedClock();
  return { logs, clock, call: caller<LogsOperations>(logsService({ logs, clock })) };
}

async function refused(attempt: Promise<unknown>, code: string, message: string | RegExp): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof WireError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, typeof message === 'string' ? new RegExp(`^${RegExp.escape(message)}$`) : message);
    return true;
  });
}
