import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
  PutLogEventsCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { wallClock } from '../../clock.ts';
import { openFrontDoor } from '../../front-door/testing/open-front-door.ts';
import { fileLogStore } from '../../observability/file-log-store.ts';
import { logsService } from './index.ts';

test('the AWS SDK for JavaScript writes a log, tails it, and searches it', async (t) => {
  const { client, folder } = await connect(t);
  const stream = { logGroupName: '/my/app', logStreamName: 'web/1' };
  await client.send(new CreateLogGroupCommand({ logGroupName: stream.logGroupName }));
  await client.send(new CreateLogStreamCommand(stream));
  const now = Date.now();
  const logEvents = Array.from({ length: 30 }, (_, index) => ({
    timestamp: now + index,
    message: `line ${index} \u2603\nmore`,
  }));
  await client.send(new PutLogEventsCommand({ ...stream, logEvents }));

  const described = await client.send(new DescribeLogStreamsCommand({ logGroupName: stream.logGroupName, limit: 1 }));
  assert.equal(described.logStreams?.[0]?.lastEventTimestamp, now + 29);
  assert.equal(described.nextToken, undefined);

  const first = await client.send(new GetLogEventsCommand({ ...stream, startFromHead: true, limit: 20 }));
  const second = await client.send(new GetLogEventsCommand({ ...stream, nextToken: first.nextForwardToken }));
  const messages = [...(first.events ?? []), ...(second.events ?? [])].map(({ message }) => message);
  assert.deepEqual(
    messages,
    logEvents.map(({ message }) => message),
  );

  // What a program beside the server writes into the file is there at once.
  await fileLogStore(folder).append(stream.logGroupName, 'web/2', [
    { timestamp: new Date(now + 5), message: 'line 5 of another' },
  ]);
  const found: (string | undefined)[] = [];
  const query = { logGroupName: stream.logGroupName, filterPattern: '"line 5 "', limit: 1 };
  for await (const page of paginateFilterLogEvents({ client }, query)) {
    found.push(...(page.events ?? []).map(({ logStreamName }) => logStreamName));
  }
  assert.deepEqual(found, ['web/1', 'web/2']);
});

test('the AWS SDK for JavaScript knows the refusals by their class', async (t) => {
  const { client } = await connect(t);
  const ask = client.send(new GetLogEventsCommand({ logGroupName: 'none', logStreamName: 's' }));
  await assert.rejects(ask, (error) => {
    assert.ok(error instanceof ResourceNotFoundException);
    assert.equal(error.message, 'The specified log group does not exist.');
    return true;
  });
});

async function connect(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rung-logs-'));
  t.after(() => rm(folder, { recursive: true }));
  const services = [logsService({ logs: fileLogStore(folder), clock: wallClock })];
  const { url, key } = await openFrontDoor(t, { services });
  const client = new CloudWatchLogsClient({ endpoint: url, region: 'us-east-1', credentials: key });
  t.after(() => client.destroy());
  return { client, folder };
}
