import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeLogLine } from './log-line.ts';

// Written in blocks: a line a call would cost 13 million system calls for a gigabyte of logs.
const BLOCK_BYTES = 256 * 1024;

/**
 * Appends lines to a log file. Writing is synchronous on purpose: while the disk is slow nothing more is read from the program, so its pipe
 * fills and it waits. Memory stays flat however much it prints.
 */
export class LogFile {
  readonly #file: number;
  #lines: Buffer[] = [];
  #bytes = 0;
  #last = 0;
  #lost = 0;
  #why = '';
  #cut = false;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a', 0o600);
  }

  /** Takes a line in; it is in the file after {@link flush}. Times never go back, whatever the clock does. */
  append(line: Buffer, at: number): void {
    this.#last = Math.max(this.#last, at);
    const encoded = encodeLogLine(this.#last, line);
    this.#lines.push(encoded);
    this.#bytes += encoded.length;
    if (this.#bytes >= BLOCK_BYTES) this.flush();
  }

  /** Writes a line of the platform's own. */
  notice(text: string): void {
    for (const line of text.split('\n')) this.append(Buffer.from(line), Date.now());
    this.flush();
  }

  /** A disk without space costs lines, not the job: what was lost is said once there is space again. */
  flush(): void {
    if (this.#bytes === 0) return;
    const lines = this.#lines;
    const count = lines.length;
    this.#lines = [];
    this.#bytes = 0;
    if (this.#lost > 0)
      lines.unshift(encodeLogLine(this.#last, Buffer.from(`${this.#lost} lines were lost: ${this.#why}`)));
    const block = lines.length === 1 && lines[0] !== undefined ? lines[0] : Buffer.concat(lines);
    let written = 0;
    try {
      // Ends the line that an earlier failure cut short.
      if (this.#cut) writeSync(this.#file, '\n');
      this.#cut = false;
      while (written < block.length) written += writeSync(this.#file, block, written);
      this.#lost = 0;
    } catch (error) {
      this.#cut ||= written > 0;
      this.#lost += count;
      this.#why = error instanceof Error ? error.message : String(error);
    }
  }

  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}
