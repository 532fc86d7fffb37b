import { setTimeout as delay } from 'node:timers/promises';
import { type LogLine, LogTail } from './log-tail.ts';
import type { Session } from './session.ts';

/** Between two looks at a job, in milliseconds: short at first, so that short jobs feel immediate. */
const pollMs = { first: 50, longest: 1000, growth: 1.3 };

export interface FollowedJob<Description> {
  readonly name: string;
  readonly logGroup: string;
  /** Looks at the job, and tells what is new. */
  look(): Promise<Description>;
  /** Whether it will not change any more. Thrown when it failed. */
  isOver(description: Description): boolean;
  onLine(line: LogLine): void;
}

export interface FollowOptions {
  /** Read the log as well. Default true. */
  logs?: boolean;
  signal?: AbortSignal;
}

/** Follows a job to its end, and answers its last description. */
export async function followJob<Description>(
  session: Session,
  job: FollowedJob<Description>,
  { logs, signal }: FollowOptions,
): Promise<Description> {
  const log = logs === false ? undefined : new LogTail(session, { group: job.logGroup, prefix: `${job.name}/` });
  for (let ms = pollMs.first; ; ms = Math.min(pollMs.longest, ms * pollMs.growth)) {
    signal?.throwIfAborted();
    const description = await job.look();
    // After the look at the job: lines written before it ended are then always read.
    for (const line of (await log?.read()) ?? []) job.onLine(line);
    if (job.isOver(description)) return description;
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  }
}
