import { createHash } from 'node:crypto';
import type { FilteredLogEvent, FilterLogEventsRequest, LogsOperations } from '@rung/wire/types/logs';
import { LogStreamNotFound } from '../../observability/log-errors.ts';
import type { LogStore, StoredLogEvent } from '../../observability/log-store.ts';
import type { Handlers } from '../service.ts';
import { invalidParameter, invalidToken, refusing } from './errors.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import { groupName } from './group-name.ts';

/**
 * FilterLogEvents: the events of many streams as one, by time. Streams are merged {@link STREAMS_AT_ONCE} at a time, in the order of their
 * names; a token says where each of them goes on, so that no page reads again what an earlier one has read.
 */
export function filterLogEventsHandlers(logs: LogStore) {
  return {
    FilterLogEvents: refusing(async (input) => {
      if (input.startFromHead === false)
        throw invalidParameter('Reading from the tail is not supported here: leave startFromHead out.');
      const matches = compileFilterPattern(input.filterPattern ?? '');
      const limit = input.limit ?? 10_000;
      const search = new Search(logs, input);
      await search.begin();
      const events: FilteredLogEvent[] = [];
      let bytes = 0;
      for (let looked = 0; looked < MOST_LOOKED_AT && events.length < limit && bytes < MOST_BYTES; looked += 1) {
        const found = await search.next();
        if (!found) break;
        if (!matches(found.event.message)) continue;
        bytes += found.event.message.length;
        events.push({
          logStreamName: found.stream,
          timestamp: found.event.timestamp.getTime(),
          message: found.event.message,
          ingestionTime: found.event.ingestedAt.getTime(),
          eventId: found.idPrefix + found.event.position.replace(/\D/g, ''),
        });
      }
      const nextToken = search.token();
      return { events, searchedLogStreams: [], ...(nextToken === undefined ? {} : { nextToken }) };
    }),
  } satisfies Handlers<LogsOperations>;
}

const STREAMS_AT_ONCE = 50;
/** Events; a rare term gives pages that are empty and have a token, as on AWS, instead of one call that takes minutes. */
const MOST_LOOKED_AT = 200_000;
const MOST_BYTES = 1_000_000;
const READ_AT_ONCE = 500;

/** Where the search in one stream stands. */
interface Cursor {
  stream: string;
  idPrefix: string;
  position: string | null;
  read: StoredLogEvent[];
}

interface SearchState {
  /** Streams that may have more, and where they go on. */
  at: [stream: string, position: string | null][];
  /** The store's token for the streams after these. */
  next?: string | undefined;
}

class Search {
  readonly #logs: LogStore;
  readonly #input: FilterLogEventsRequest;
  readonly #group: string;
  #cursors: Cursor[] = [];
  #next: string | undefined;

  constructor(logs: LogStore, input: FilterLogEventsRequest) {
    this.#logs = logs;
    this.#input = input;
    this.#group = groupName(input);
  }

  async begin(): Promise<void> {
    const { nextToken, logStreamNames, logStreamNamePrefix } = this.#input;
    if (logStreamNames && logStreamNamePrefix !== undefined) {
      throw invalidParameter('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
    }
    if (nextToken !== undefined) {
      const state = decodeState(nextToken);
      this.#cursors = state.at.map(([stream, position]) => cursor(stream, position));
      this.#next = state.next;
    } else if (logStreamNames) {
      // Read once here, so that one that does not exist is refused.
      for (const stream of logStreamNames) {
        await this.#logs.read(this.#group, stream, { startFromHead: true, limit: 1 });
        this.#cursors.push(cursor(stream, null));
      }
    } else {
      await this.#nextStreams(undefined);
    }
  }

  /** The earliest event not yet given; undefined at the end. */
  async next(): Promise<{ stream: string; idPrefix: string; event: StoredLogEvent } | undefined> {
    for (;;) {
      let earliest: Cursor | undefined;
      for (const candidate of this.#cursors) {
        if (candidate.read.length === 0 && !(await this.#fill(candidate))) continue;
        if (!earliest || headTime(candidate) < headTime(earliest)) earliest = candidate;
      }
      const event = earliest?.read.pop();
      if (earliest && event) return { stream: earliest.stream, idPrefix: earliest.idPrefix, event };
      if (this.#next === undefined) return undefined;
      await this.#nextStreams(this.#next);
    }
  }

  /** Undefined when nothing is left. */
  token(): string | undefined {
    if (this.#cursors.length === 0 && this.#next === undefined) return undefined;
    const at = this.#cursors.map(({ stream, read, position }) => [stream, read.at(-1)?.position ?? position]);
    return Buffer.from(JSON.stringify({ at, next: this.#next })).toString('base64url');
  }

  async #nextStreams(token: string | undefined): Promise<void> {
    const { logStreamNamePrefix: prefix, startTime = 0, endTime = Infinity } = this.#input;
    const page = await this.#logs.listStreams(this.#group, {
      limit: STREAMS_AT_ONCE,
      orderBy: 'name',
      ...(prefix === undefined ? {} : { prefix }),
      ...(token === undefined ? {} : { token }),
    });
    this.#next = page.next;
    const inTime = page.streams.filter(
      ({ firstEventAt, lastEventAt }) =>
        firstEventAt && lastEventAt && lastEventAt.getTime() >= startTime && firstEventAt.getTime() < endTime,
    );
    this.#cursors = inTime.map(({ name }) => cursor(name, null));
  }

  /** Reads on in one stream; at its end, or when it has gone meanwhile, its cursor is dropped. */
  async #fill(into: Cursor): Promise<boolean> {
    const { startTime, endTime } = this.#input;
    try {
      const page = await this.#logs.read(this.#group, into.stream, {
        startFromHead: true,
        limit: READ_AT_ONCE,
        ...(startTime === undefined ? {} : { startTime: new Date(startTime) }),
        ...(endTime === undefined ? {} : { endTime: new Date(endTime) }),
        ...(into.position === null ? {} : { token: into.position }),
      });
      // Reversed, so that taking the first is cheap.
      into.read = page.events.toReversed();
      into.position = page.nextForwardToken;
    } catch (error) {
      if (!(error instanceof LogStreamNotFound)) throw error;
    }
    if (into.read.length === 0) this.#cursors = this.#cursors.filter((other) => other !== into);
    return into.read.length > 0;
  }
}

function cursor(stream: string, position: string | null): Cursor {
  return { stream, position, read: [], idPrefix: createHash('sha256').update(stream).digest('hex').slice(0, 16) };
}

function headTime({ read }: Cursor): number {
  return read.at(-1)?.timestamp.getTime() ?? Infinity;
}

function decodeState(token: string): SearchState {
  try {
    const state: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isState(state)) return state;
  } catch {
    // Not JSON: not one of ours, as said below.
  }
  throw invalidToken();
}

function isState(state: unknown): state is SearchState {
  if (typeof state !== 'object' || state === null || !('at' in state) || !Array.isArray(state.at)) return false;
  const isPosition = (position: unknown) => position === null || typeof position === 'string';
  if ('next' in state && typeof state.next !== 'string') return false;
  return state.at.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string' && isPosition(entry[1]));
}
