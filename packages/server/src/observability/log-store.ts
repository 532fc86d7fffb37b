/**
 * Log groups and streams as CloudWatch Logs has them. Whoever runs next to the program appends; the `logs` service and `rung logs` read.
 * Appending needs no fsync: a crash of the machine may lose the last lines of a log, never a job.
 */
export interface LogStore {
  /** False when the group was there already. */
  createGroup(group: string): Promise<boolean>;
  /** False when the stream was there already. @throws LogGroupNotFound */
  createStream(group: string, stream: string): Promise<boolean>;
  /** Makes group and stream when they are not there yet. Events within one call must be in time order. */
  append(group: string, stream: string, events: readonly LogEvent[]): Promise<void>;
  /** @throws LogGroupNotFound, InvalidLogToken */
  listStreams(group: string, query: LogStreamQuery): Promise<LogStreamPage>;
  /** In the order of their names. */
  listGroups(prefix?: string): Promise<LogGroupInfo[]>;
  /** @throws LogGroupNotFound, LogStreamNotFound, InvalidLogToken */
  read(group: string, stream: string, query: LogQuery): Promise<LogPage>;
  /** Resolves when a read from `position` (a forward token, or '' for the start) has an event, or when `signal` aborts. The stream need not exist yet. */
  waitForMore(group: string, stream: string, position: string, signal: AbortSignal): Promise<void>;
  /** False when there was none. */
  removeGroup(group: string): Promise<boolean>;
  /** False when there was none. */
  removeStream(group: string, stream: string): Promise<boolean>;
  /** Removing what is not there is no error. */
  removeStreams(group: string, prefix: string): Promise<void>;
  /** The file that a program on this machine may append to directly, in the format of `log-format.ts`. Its folder may have to be made. */
  filePath(group: string, stream: string): string;
}

export interface LogEvent {
  timestamp: Date;
  message: string;
}

export interface LogGroupInfo {
  name: string;
  createdAt: Date;
}

export interface LogStreamQuery {
  prefix?: string;
  /** At least 1. */
  limit: number;
  /** From {@link LogStreamPage.next}, of a query with the same order. */
  token?: string;
  orderBy: 'name' | 'lastEvent';
  /** Default false: A to Z, oldest first. */
  descending?: boolean;
}

export interface LogStreamPage {
  streams: LogStreamInfo[];
  /** Absent when the page holds the last stream. */
  next?: string;
}

export interface LogStreamInfo {
  name: string;
  createdAt: Date;
  firstEventAt?: Date;
  lastEventAt?: Date;
  bytes: number;
}

export interface LogQuery {
  /** Inclusive. */
  startTime?: Date;
  /** Exclusive. */
  endTime?: Date;
  /** Where to go on, from {@link LogPage}; its direction counts, not `startFromHead`. */
  token?: string;
  startFromHead: boolean;
  /** 1 to 10,000. A page also ends at about 1 MB. */
  limit: number;
}

export interface LogPage {
  /** In the order they were written, whatever the direction. */
  events: StoredLogEvent[];
  /** Goes on after the last event of the page; the same token again at the end of the stream. */
  nextForwardToken: string;
  /** Goes on before the first event of the page. */
  nextBackwardToken: string;
}

export interface StoredLogEvent extends LogEvent {
  ingestedAt: Date;
  /** The forward token of a read that begins with this event; unique within the stream. */
  position: string;
}
