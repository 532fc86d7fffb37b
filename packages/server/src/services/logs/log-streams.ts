import type { LogsOperations } from '@rung/wire/types/logs';
import type { LogStore, LogStreamInfo } from '../../observability/log-store.ts';
import type { Handlers } from '../service.ts';
import { invalidParameter, refusing, streamExists, streamNotFound } from './errors.ts';
import { groupName } from './group-name.ts';

/** CreateLogStream, DeleteLogStream, DescribeLogStreams. */
export function logStreamHandlers(logs: LogStore) {
  return {
    CreateLogStream: refusing(async ({ logGroupName, logStreamName }) => {
      if (!(await logs.createStream(logGroupName, logStreamName))) throw streamExists();
      return {};
    }),

    DeleteLogStream: refusing(async ({ logGroupName, logStreamName }) => {
      if (await logs.removeStream(logGroupName, logStreamName)) return {};
      // Says so when it is the group that is missing.
      await logs.listStreams(logGroupName, { limit: 1, orderBy: 'name' });
      throw streamNotFound();
    }),

    /** The `sagemaker` SDK repeats its call for ever while there is a nextToken: it comes only when there really is a next page. */
    DescribeLogStreams: refusing(async (input, { region, account }) => {
      const {
        logStreamNamePrefix: prefix,
        orderBy = 'LogStreamName',
        descending = false,
        nextToken,
        limit = 50,
      } = input;
      if (orderBy === 'LastEventTime' && prefix !== undefined) {
        throw invalidParameter('Cannot order by LastEventTime with a logStreamNamePrefix.');
      }
      const group = groupName(input);
      const page = await logs.listStreams(group, {
        limit,
        orderBy: orderBy === 'LogStreamName' ? 'name' : 'lastEvent',
        descending,
        ...(prefix === undefined ? {} : { prefix }),
        ...(nextToken === undefined ? {} : { token: nextToken }),
      });
      const arn = `arn:aws:logs:${region}:${account}:log-group:${group}:log-stream:`;
      return {
        logStreams: page.streams.map((stream) => ({ ...describeStream(stream), arn: arn + stream.name })),
        ...(page.next === undefined ? {} : { nextToken: page.next }),
      };
    }),
  } satisfies Handlers<LogsOperations>;
}

function describeStream({ name, createdAt, firstEventAt, lastEventAt, bytes }: LogStreamInfo) {
  return {
    logStreamName: name,
    creationTime: createdAt.getTime(),
    ...(firstEventAt ? { firstEventTimestamp: firstEventAt.getTime() } : {}),
    ...(lastEventAt ? { lastEventTimestamp: lastEventAt.getTime(), lastIngestionTime: lastEventAt.getTime() } : {}),
    storedBytes: bytes,
  };
}
