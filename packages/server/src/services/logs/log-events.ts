import type { LogsOperations, PutLogEventsRequest } from '@rung/wire/types/logs';
import type { Clock } from '../../clock.ts';
import type { LogStore } from '../../observability/log-store.ts';
import type { Handlers } from '../service.ts';
import { invalidParameter, refusing } from './errors.ts';
import { groupName } from './group-name.ts';

/** PutLogEvents, GetLogEvents. */
export function logEventHandlers(logs: LogStore, clock: Clock) {
  return {
    PutLogEvents: refusing(async (input) => {
      const { logGroupName, logStreamName, logEvents } = input;
      requireOrder(input);
      requireSize(input);
      // Refuses what does not exist, as appending would make it.
      await logs.read(logGroupName, logStreamName, { startFromHead: true, limit: 1 });
      const now = clock.now().getTime();
      const accepted = logEvents.filter(
        ({ timestamp }) => timestamp >= now - OLDEST_MS && timestamp <= now + NEWEST_MS,
      );
      await logs.append(
        logGroupName,
        logStreamName,
        accepted.map(({ timestamp, message }) => ({ timestamp: new Date(timestamp), message })),
      );
      const tooOld = logEvents.findLastIndex(({ timestamp }) => timestamp < now - OLDEST_MS);
      const tooNew = logEvents.findIndex(({ timestamp }) => timestamp > now + NEWEST_MS);
      const rejectedLogEventsInfo = {
        ...(tooOld === -1 ? {} : { tooOldLogEventEndIndex: tooOld + 1 }),
        ...(tooNew === -1 ? {} : { tooNewLogEventStartIndex: tooNew }),
      };
      return accepted.length === logEvents.length ? {} : { rejectedLogEventsInfo };
    }),

    /** Clients read until a page is empty, and need both tokens with every page. */
    GetLogEvents: refusing(async (input) => {
      const { logStreamName, startTime, endTime, nextToken, limit = 10_000, startFromHead = false } = input;
      const page = await logs.read(groupName(input), logStreamName, {
        startFromHead,
        limit,
        ...(startTime === undefined ? {} : { startTime: new Date(startTime) }),
        ...(endTime === undefined ? {} : { endTime: new Date(endTime) }),
        ...(nextToken === undefined ? {} : { token: nextToken }),
      });
      return {
        events: page.events.map(({ timestamp, message, ingestedAt }) => ({
          timestamp: timestamp.getTime(),
          message,
          ingestionTime: ingestedAt.getTime(),
        })),
        nextForwardToken: page.nextForwardToken,
        nextBackwardToken: page.nextBackwardToken,
      };
    }),
  } satisfies Handlers<LogsOperations>;
}

const OLDEST_MS = 14 * 24 * 60 * 60 * 1000;
const NEWEST_MS = 2 * 60 * 60 * 1000;

const MOST_BYTES = 1_048_576;
/** What AWS adds to the bytes of each message. */
const EVENT_BYTES = 26;

function requireOrder({ logEvents }: PutLogEventsRequest): void {
  let last = -Infinity;
  for (const { timestamp } of logEvents) {
    if (timestamp < last) {
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
    }
    last = timestamp;
  }
}

function requireSize({ logEvents }: PutLogEventsRequest): void {
  const bytes = logEvents.reduce((sum, { message }) => sum + Buffer.byteLength(message) + EVENT_BYTES, 0);
  if (bytes > MOST_BYTES) throw invalidParameter(`Upload too large: ${bytes} bytes exceeds limit of ${MOST_BYTES}`);
}
