/** Picks one page of a group's streams, in either order, reading no more files than the order needs. */
import { InvalidLogToken } from './log-errors.ts';
import type { LogStreamInfo, LogStreamPage, LogStreamQuery } from './log-store.ts';

/** `names` sorted; `info` answers undefined for a stream that has gone meanwhile. */
export async function pageOfStreams(
  names: readonly string[],
  query: LogStreamQuery,
  info: (name: string) => Promise<LogStreamInfo | undefined>,
): Promise<LogStreamPage> {
  const after = query.token === undefined ? undefined : decodeToken(query.token, query);
  const sign = query.descending ? -1 : 1;
  const isAfter = (key: Key): boolean => !after || sign * compare(key, after) > 0;

  if (query.orderBy === 'name') {
    const ordered = (query.descending ? names.toReversed() : names).filter((name) => isAfter([0, name]));
    const streams = await inBatches(ordered.slice(0, query.limit), info);
    const last = ordered[query.limit - 1];
    return ordered.length > query.limit && last !== undefined
      ? { streams, next: encodeToken([0, last], query) }
      : { streams };
  }

  const keyOf = (stream: LogStreamInfo): Key => [stream.lastEventAt?.getTime() ?? 0, stream.name];
  const all = (await inBatches(names, info)).filter((stream) => isAfter(keyOf(stream)));
  all.sort((a, b) => sign * compare(keyOf(a), keyOf(b)));
  const streams = all.slice(0, query.limit);
  const last = streams.at(-1);
  return all.length > query.limit && last ? { streams, next: encodeToken(keyOf(last), query) } : { streams };
}

/** What a page is sorted by; the name makes the order total. */
type Key = readonly [lastEvent: number, name: string];

function compare(a: Key, b: Key): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] === b[1]) return 0;
  return a[1] < b[1] ? -1 : 1;
}

function encodeToken(key: Key, query: LogStreamQuery): string {
  return Buffer.from(JSON.stringify([orderName(query), ...key])).toString('base64url');
}

function decodeToken(token: string, query: LogStreamQuery): Key {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parsed) && parsed.length === 3) {
      const [order, lastEvent, name]: unknown[] = parsed;
      if (order === orderName(query) && typeof lastEvent === 'number' && typeof name === 'string')
        return [lastEvent, name];
    }
  } catch {
    // Not JSON: not one of ours, as said below.
  }
  throw new InvalidLogToken(token);
}

function orderName(query: LogStreamQuery): string {
  return `${query.orderBy}${query.descending ? '-' : '+'}`;
}

async function inBatches(
  names: readonly string[],
  info: (name: string) => Promise<LogStreamInfo | undefined>,
): Promise<LogStreamInfo[]> {
  const found: LogStreamInfo[] = [];
  for (let start = 0; start < names.length; start += OPEN_AT_ONCE) {
    const batch = await Promise.all(names.slice(start, start + OPEN_AT_ONCE).map(info));
    found.push(...batch.filter((stream) => stream !== undefined));
  }
  return found;
}

/** Files; bounded because a process may open only so many. */
const OPEN_AT_ONCE = 64;
