/** CloudWatch's limit for one event; a longer line becomes several. */
export const MAX_LINE_BYTES = 256 * 1024;

// A progress bar that rewrites its line is shown this often; what is overwritten in between was never meant to stay.
const REWRITE_MS = 1000;

const NEWLINE = 10;
const RETURN = 13;

/**
 * Cuts a byte stream into lines, whatever the chunks: at newlines (LF or CRLF), at {@link MAX_LINE_BYTES} (never inside a UTF-8 character),
 * and at lone carriage returns, where of the texts that overwrite each other one a second is passed on, and the last. Empty lines are left
 * out, because a CloudWatch event cannot be empty. A line may be a view into the chunk: use it before the next call.
 */
export class LineSplitter {
  readonly #line: (line: Buffer, at: number) => void;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  /** The chunk ended with a carriage return: what follows decides what it meant. */
  #heldReturn = false;
  #overwritten: Buffer | undefined;
  #shownRewriteAt = 0;

  constructor(line: (line: Buffer, at: number) => void) {
    this.#line = line;
  }

  write(chunk: Buffer, now = Date.now()): void {
    if (chunk.length === 0) return;
    if (this.#heldReturn || chunk.includes(RETURN)) this.#splitWithReturns(chunk, now);
    else this.#split(chunk, now);
    const last = this.#partial.at(-1);
    // A view would keep the whole chunk alive: what is left over is copied.
    if (last !== undefined && last.buffer === chunk.buffer) this.#partial[this.#partial.length - 1] = Buffer.from(last);
  }

  /** Passes on the last line when the stream ended without a newline. */
  end(now = Date.now()): void {
    this.#newline(now);
  }

  #split(chunk: Buffer, now: number): void {
    let start = 0;
    for (let newline = chunk.indexOf(NEWLINE); newline !== -1; newline = chunk.indexOf(NEWLINE, start)) {
      this.#append(chunk, start, newline, now);
      this.#newline(now);
      start = newline + 1;
    }
    this.#append(chunk, start, chunk.length, now);
  }

  #splitWithReturns(chunk: Buffer, now: number): void {
    let start = 0;
    if (this.#heldReturn) {
      this.#heldReturn = false;
      if (chunk[0] !== NEWLINE) this.#rewrite(now);
    }
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== NEWLINE && byte !== RETURN) continue;
      this.#append(chunk, start, at, now);
      start = at + 1;
      if (byte === NEWLINE) this.#newline(now);
      else if (start === chunk.length) this.#heldReturn = true;
      else if (chunk[start] !== NEWLINE) this.#rewrite(now);
    }
    this.#append(chunk, start, chunk.length, now);
  }

  #append(chunk: Buffer, from: number, to: number, now: number): void {
    let start = from;
    while (this.#partialBytes + (to - start) > MAX_LINE_BYTES) {
      const cut = characterBoundary(chunk, start, start + (MAX_LINE_BYTES - this.#partialBytes));
      this.#keep(chunk.subarray(start, cut));
      this.#line(this.#take(), now);
      start = cut;
    }
    if (to > start) this.#keep(chunk.subarray(start, to));
  }

  #newline(now: number): void {
    const line = this.#partialBytes > 0 ? this.#take() : this.#overwritten;
    this.#overwritten = undefined;
    if (line !== undefined) this.#line(line, now);
  }

  #rewrite(now: number): void {
    if (this.#partialBytes === 0) return;
    const line = this.#take();
    const show = now - this.#shownRewriteAt >= REWRITE_MS;
    this.#overwritten = show ? undefined : Buffer.from(line);
    if (!show) return;
    this.#shownRewriteAt = now;
    this.#line(line, now);
  }

  #keep(part: Buffer): void {
    this.#partial.push(part);
    this.#partialBytes += part.length;
  }

  #take(): Buffer {
    const [only] = this.#partial;
    const line = this.#partial.length === 1 && only !== undefined ? only : Buffer.concat(this.#partial);
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }
}

/** The last position at or before `wanted` that does not cut a UTF-8 character in two; `wanted` itself when the bytes are no UTF-8. */
function characterBoundary(chunk: Buffer, from: number, wanted: number): number {
  for (let at = wanted; at > from && at > wanted - 4; at -= 1) if (((chunk[at] ?? 0) & 0xc0) !== 0x80) return at;
  return wanted;
}
