/**
 * The log store of one machine: `<folder>/<group>/<stream>.log`, names encoded so that they stay inside the folder. Programs beside it may
 * append to the files directly; nothing is kept in memory, so what they wrote is read at once.
 */
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileChanges } from './file-changes.ts';
import { scanBackward, scanForward } from './line-scan.ts';
import { LogGroupNotFound, LogStreamNotFound } from './log-errors.ts';
import { groupNames, isMissing, LOG_SUFFIX, streamNames } from './log-folder.ts';
import { encodeLogLine, readTimestamp } from './log-format.ts';
import { parseToken, readPage } from './log-page.ts';
import { namePath } from './log-path.ts';
import type {
  LogEvent,
  LogGroupInfo,
  LogPage,
  LogQuery,
  LogStore,
  LogStreamInfo,
  LogStreamPage,
  LogStreamQuery,
} from './log-store.ts';
import { pageOfStreams } from './stream-page.ts';

/** The folder is made when the first event is written. */
export function fileLogStore(folder: string): LogStore {
  return new FileLogStore(folder);
}

class FileLogStore implements LogStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  filePath(group: string, stream: string): string {
    return namePath(this.#groupPath(group), stream, LOG_SUFFIX);
  }

  async createGroup(group: string): Promise<boolean> {
    const path = this.#groupPath(group);
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    return madeNew(mkdir(path, { mode: PRIVATE_FOLDER }));
  }

  async createStream(group: string, stream: string): Promise<boolean> {
    await this.#requireGroup(group);
    const path = this.filePath(group, stream);
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    return madeNew(open(path, 'ax', PRIVATE_FILE).then((file) => file.close()));
  }

  async append(group: string, stream: string, events: readonly LogEvent[]): Promise<void> {
    const path = this.filePath(group, stream);
    const lines = events.map(({ timestamp, message }) => encodeLogLine(timestamp.getTime(), message)).join('');
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    const file = await open(path, 'a', PRIVATE_FILE);
    try {
      if (lines) await file.appendFile(lines);
    } finally {
      await file.close();
    }
  }

  async listGroups(prefix = ''): Promise<LogGroupInfo[]> {
    const names = (await groupNames(this.#folder)).filter((name) => name.startsWith(prefix));
    const groups: LogGroupInfo[] = [];
    for (const name of names) {
      const info = await ifThere(stat(this.#groupPath(name)));
      if (info) groups.push({ name, createdAt: info.birthtime });
    }
    return groups;
  }

  async listStreams(group: string, query: LogStreamQuery): Promise<LogStreamPage> {
    const names = await streamNames(this.#groupPath(group));
    if (!names) throw new LogGroupNotFound(group);
    const matching = names.filter((name) => name.startsWith(query.prefix ?? ''));
    return pageOfStreams(matching, query, (name) => this.#streamInfo(group, name));
  }

  async read(group: string, stream: string, query: LogQuery): Promise<LogPage> {
    const page = await this.#withStream(group, stream, (file) => readPage(file, query));
    if (page) return page;
    await this.#requireGroup(group);
    throw new LogStreamNotFound(group, stream);
  }

  async waitForMore(group: string, stream: string, position: string, signal: AbortSignal): Promise<void> {
    let offset = position === '' ? 0 : parseToken(position).offset;
    const changes = fileChanges(this.filePath(group, stream), signal);
    try {
      while (!signal.aborted) {
        const hasLine = await this.#withStream(group, stream, async (file) => {
          // The stream was removed and made again: as a read does, wait at its end.
          offset = Math.min(offset, (await file.stat()).size);
          let found = false;
          await scanForward(file, offset, () => {
            found = true;
            return false;
          });
          return found;
        });
        if (hasLine) return;
        await changes.next();
      }
    } finally {
      changes.close();
    }
  }

  async removeGroup(group: string): Promise<boolean> {
    return removed(this.#groupPath(group));
  }

  async removeStream(group: string, stream: string): Promise<boolean> {
    return removed(this.filePath(group, stream));
  }

  async removeStreams(group: string, prefix: string): Promise<void> {
    const names = await streamNames(this.#groupPath(group));
    for (const name of names ?? []) if (name.startsWith(prefix)) await this.removeStream(group, name);
  }

  #groupPath(group: string): string {
    return namePath(this.#folder, group);
  }

  async #requireGroup(group: string): Promise<void> {
    if (!(await ifThere(stat(this.#groupPath(group))))) throw new LogGroupNotFound(group);
  }

  /** Undefined when the stream went away since it was listed. */
  #streamInfo(group: string, name: string): Promise<LogStreamInfo | undefined> {
    return this.#withStream(group, name, async (file) => {
      const { size, birthtime } = await file.stat();
      let first: number | undefined;
      let last: number | undefined;
      await scanForward(file, 0, (line) => {
        first = readTimestamp(line);
        return false;
      });
      await scanBackward(file, size, (line) => {
        last = readTimestamp(line);
        return false;
      });
      return {
        name,
        createdAt: birthtime,
        ...(first === undefined ? {} : { firstEventAt: new Date(first) }),
        ...(last === undefined ? {} : { lastEventAt: new Date(last) }),
        bytes: size,
      };
    });
  }

  async #withStream<T>(group: string, stream: string, work: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    const file = await ifThere(open(this.filePath(group, stream)));
    if (!file) return undefined;
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  }
}

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function madeNew(making: Promise<unknown>): Promise<boolean> {
  try {
    await making;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function removed(path: string): Promise<boolean> {
  const there = await ifThere(rm(path, { recursive: true }).then(() => true));
  return there ?? false;
}
