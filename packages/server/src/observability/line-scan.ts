/** Walks the complete lines of a file in either direction, in flat memory whatever the size of the file. */
import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_BYTES } from './log-format.ts';

/** Gets a line without its newline, and where it starts and the next one starts; `false` ends the walk. The buffer is used again. */
export type LineVisitor = (line: Buffer, start: number, end: number) => boolean;

/** From `from`, which must be the start of a line, to the last newline. */
export async function scanForward(file: FileHandle, from: number, visit: LineVisitor): Promise<void> {
  let window = Buffer.allocUnsafe(FIRST_WINDOW);
  for (let position = from; ;) {
    const { bytesRead } = await file.read(window, 0, window.length, position);
    const read = window.subarray(0, bytesRead);
    let start = 0;
    for (let newline = read.indexOf(NEWLINE); newline !== -1; newline = read.indexOf(NEWLINE, start)) {
      if (!visit(read.subarray(start, newline), position + start, position + newline + 1)) return;
      start = newline + 1;
    }
    if (bytesRead < window.length && start === 0) return;
    if (start === 0 && window.length < MAX_LINE_BYTES) {
      window = Buffer.allocUnsafe(MAX_LINE_BYTES);
    } else if (start === 0) {
      // Longer than any line: a piece of it counts as one, so that memory stays bounded.
      if (!visit(read, position, position + bytesRead)) return;
      position += bytesRead;
    } else {
      // The line that the window cut is read again from its start. Later windows are large: this is a long walk.
      position += start;
      if (window.length < NEXT_WINDOW) window = Buffer.allocUnsafe(NEXT_WINDOW);
    }
  }
}

/** From the last newline at or before `before`, back to the start of the file. */
export async function scanBackward(file: FileHandle, before: number, visit: LineVisitor): Promise<void> {
  let window = Buffer.allocUnsafe(FIRST_WINDOW);
  // Until the first newline is found, what is passed over is a line still being written.
  let complete = false;
  for (let end = before; end > 0;) {
    const from = Math.max(0, end - window.length);
    const { bytesRead } = await file.read(window, 0, end - from, from);
    const read = window.subarray(0, bytesRead);
    let stop: number = complete ? read.length : read.lastIndexOf(NEWLINE) + 1;
    complete ||= stop > 0;
    const found = stop;
    while (stop > 0) {
      const newline = stop < 2 ? -1 : read.lastIndexOf(NEWLINE, stop - 2);
      if (newline === -1 && from > 0) break;
      const last = read[stop - 1] === NEWLINE ? stop - 1 : stop;
      if (!visit(read.subarray(newline + 1, last), from + newline + 1, from + stop)) return;
      stop = newline + 1;
    }
    if (!complete) {
      end = from;
    } else if (stop < found || stop < read.length) {
      end = from + stop;
      if (window.length < NEXT_WINDOW) window = Buffer.allocUnsafe(NEXT_WINDOW);
    } else if (window.length < MAX_LINE_BYTES) {
      window = Buffer.allocUnsafe(MAX_LINE_BYTES);
    } else {
      // Longer than any line: as forwards.
      if (!visit(read, from, end)) return;
      end = from;
    }
  }
}

const NEWLINE = 0x0a;
/** Enough for the head or the tail of a stream. */
const FIRST_WINDOW = 16 * 1024;
const NEXT_WINDOW = 256 * 1024;
