/** Reads one page of a log file. A position in a stream is the byte offset at which a line starts. */
import type { FileHandle } from 'node:fs/promises';
import { scanBackward, scanForward } from './line-scan.ts';
import { InvalidLogToken } from './log-errors.ts';
import { decodeLogLine, readTimestamp } from './log-format.ts';
import type { LogPage, LogQuery, StoredLogEvent } from './log-store.ts';

export async function readPage(file: FileHandle, query: LogQuery): Promise<LogPage> {
  const { size, birthtime } = await file.stat();
  const token = query.token === undefined ? undefined : parseToken(query.token);
  // A token of a stream that was removed and made again may point beyond its end.
  const offset = Math.min(token?.offset ?? (query.startFromHead ? 0 : size), size);
  const forward = token ? token.direction === 'f' : query.startFromHead;

  const earliest = query.startTime?.getTime() ?? -Infinity;
  const latest = query.endTime?.getTime() ?? Infinity;
  const events: StoredLogEvent[] = [];
  let bytes = 0;
  let first: number | undefined;
  let last: number | undefined;
  const visit = (line: Buffer, start: number, end: number): boolean => {
    const timestamp = readTimestamp(line) ?? birthtime.getTime();
    if (timestamp >= earliest && timestamp < latest) {
      if (events.length === query.limit || (events.length > 0 && bytes + line.length > PAGE_BYTES)) return false;
      const time = new Date(timestamp);
      const position = forwardToken(start);
      events.push({ timestamp: time, message: decodeLogLine(line).message, ingestedAt: time, position });
      bytes += line.length;
    }
    // Also past lines that the times exclude: the next page need not look at them again.
    last = forward ? end : (last ?? end);
    if (!forward) first = start;
    return true;
  };
  if (forward) await scanForward(file, offset, visit);
  else await scanBackward(file, offset, visit);
  if (!forward) events.reverse();
  // Going back from the middle of the very first line, still being written, there is nothing: its start is where to go on.
  const none = forward ? offset : 0;
  return { events, nextForwardToken: forwardToken(last ?? none), nextBackwardToken: `b/${first ?? none}` };
}

/** @throws InvalidLogToken */
export function parseToken(token: string): { direction: 'f' | 'b'; offset: number } {
  const [, direction, digits = ''] = /^([fb])\/(\d{1,15})$/.exec(token) ?? [];
  if (direction !== 'f' && direction !== 'b') throw new InvalidLogToken(token);
  return { direction, offset: Number(digits) };
}

function forwardToken(offset: number): string {
  return `f/${offset}`;
}

/** What CloudWatch Logs puts in one answer at most. */
const PAGE_BYTES = 1_000_000;
