/** Reads the log of a job or an endpoint: every stream of it, each on from where it stopped. */
import { WireError } from '@rung/wire';
import type { Session } from './session.ts';

export interface LogLine {
  line: string;
  stream: string;
  timestamp: Date;
}

export class LogTail {
  readonly #session: Session;
  readonly #group: string;
  readonly #prefix: string;
  readonly #positions = new Map<string, string>();

  /** @param source.prefix of the streams' names: `<job>/` for a training job. */
  constructor(session: Session, source: { group: string; prefix: string }) {
    this.#session = session;
    this.#group = source.group;
    this.#prefix = source.prefix;
  }

  /** The lines that were written since the last call; none while there is no log yet. */
  async read(): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (const stream of await this.#streams()) {
      for (;;) {
        const position = this.#positions.get(stream);
        const page = await this.#session.logs.call('GetLogEvents', {
          logGroupName: this.#group,
          logStreamName: stream,
          startFromHead: true,
          ...(position === undefined ? {} : { nextToken: position }),
        });
        if (page.nextForwardToken !== undefined) this.#positions.set(stream, page.nextForwardToken);
        for (const { message = '', timestamp = 0 } of page.events ?? [])
          lines.push({ line: message, stream, timestamp: new Date(timestamp) });
        if (!page.events?.length) break;
      }
    }
    return lines;
  }

  async #streams(): Promise<string[]> {
    try {
      const page = await this.#session.logs.call('DescribeLogStreams', {
        logGroupName: this.#group,
        ...(this.#prefix === '' ? {} : { logStreamNamePrefix: this.#prefix }),
      });
      return (page.logStreams ?? []).flatMap((stream) => stream.logStreamName ?? []);
    } catch (error) {
      // Until the first line is written there is no stream, and before the first job no group.
      if (error instanceof WireError && error.code === 'ResourceNotFoundException') return [];
      throw error;
    }
  }
}
