/**
 * Log groups and streams as CloudWatch Logs has them. Whoever runs next to the program appends; the `logs` service and `rung logs` read.
 * Appending needs no fsync: a crash of the machine may lose the last lines of a log, never a job.
 */
export interface LogStore {
  /** Makes group and stream when they are not there yet. Events within one call must be in time order. */
  append(group: string, stream: string, events: readonly LogEvent[]): Promise<void>;
  /** @throws LogGroupNotFound */
  listStreams(
    group: string,
    query: { prefix?: string; limit: number; token?: string; orderBy: 'name' | 'lastEvent' },
  ): Promise<LogStreamPage>;
  listGroups(prefix?: string): Promise<string[]>;
  /** @throws LogGroupNotFound, LogStreamNotFound */
  read(group: string, stream: string, query: LogQuery): Promise<LogPage>;
  /** Resolves when the stream has grown beyond `position`, or when `signal` aborts. */
  waitForMore(group: string, stream: string, position: string, signal: AbortSignal): Promise<void>;
  removeStreams(group: string, prefix: string): Promise<void>;
  /** The file that a program on this machine may append to directly, in the format of {@link appendFormat}. */
  filePath(group: string, stream: string): string;
}

export interface LogEvent {
  timestamp: Date;
  message: string;
}

export interface LogQuery {
  startTime?: Date;
  endTime?: Date;
  /** Where to go on, from {@link LogPage}. */
  token?: string;
  startFromHead: boolean;
  /** 1 to 10,000. */
  limit: number;
}

export interface LogPage {
  events: (LogEvent & { ingestedAt: Date })[];
  nextForwardToken: string;
  nextBackwardToken: string;
}

export interface LogStreamPage {
  streams: { name: string; createdAt: Date; firstEventAt?: Date; lastEventAt?: Date; bytes: number }[];
  next?: string;
}
