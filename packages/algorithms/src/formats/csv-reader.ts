/** Streams numeric CSV (no header) into kernel memory, parsing pieces of the text in parallel. */
import { ClientError } from '../errors.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { ByteSource } from './byte-source.ts';
import { CsvPieces, type CsvLayout, type ElementType } from './csv-pieces.ts';
import { countFields, judgeToken } from './csv-token.ts';
import type { RowBlock, RowOptions } from './row-block.ts';

export interface CsvOptions extends RowOptions {
  /** Numbers in the blocks: 32-bit (default), or 64-bit for exact values. */
  readonly element?: ElementType;
  /** Bytes read at a time. Default 4 MB. */
  readonly chunkBytes?: number;
}

const padding = 16;

/**
 * Yields blocks that are valid until the next one is asked for. Every number is the double nearest to its text, then rounded to 32 bits.
 * Thrown when the text is not a numeric table: ClientError naming file, line, column and value.
 */
export async function* readCsv(source: ByteSource, kernels: Kernels, options: CsvOptions): AsyncGenerator<RowBlock> {
  const reader = new CsvReader(source, kernels, options);
  try {
    for (let block = await reader.next(); block !== undefined; block = await reader.next()) yield block;
  } finally {
    reader.release();
  }
}

class CsvReader {
  readonly #source: ByteSource;
  readonly #kernels: Kernels;
  readonly #options: CsvOptions;
  readonly #text: GrowingArray;
  readonly #pieces: CsvPieces;
  readonly #chunkBytes: number;
  /** Bytes in the text buffer: those behind the last whole line are carried to the next block. */
  #filled = 0;
  #consumed = 0;
  #ended = false;
  #atStart = true;
  /** Line ends in the text before the buffer, and in the part of it that was parsed last. */
  #linesBefore = 0;
  #lines = 0;
  #layout: CsvLayout | undefined;

  constructor(source: ByteSource, kernels: Kernels, options: CsvOptions) {
    this.#source = source;
    this.#kernels = kernels;
    this.#options = options;
    this.#chunkBytes = options.chunkBytes ?? 4_194_304;
    this.#text = new GrowingArray(kernels.heap);
    this.#pieces = new CsvPieces(kernels, options.element ?? 'float32');
  }

  async next(): Promise<RowBlock | undefined> {
    for (;;) {
      const length = await this.#fill();
      if (length === 0) return undefined;
      const block = this.#parse(length);
      this.#consumed = length;
      if (block !== undefined && block.rows > 0) return block;
    }
  }

  release(): void {
    this.#text.release();
    this.#pieces.release();
  }

  /** Reads until there is at least one whole line; resolves to the length of the whole lines, 0 at the end. */
  async #fill(): Promise<number> {
    this.#dropConsumed();
    while (!this.#ended) {
      const pointer = this.#text.reserve(this.#filled + this.#chunkBytes + padding, this.#filled);
      const searched = this.#filled;
      const room = this.#kernels.heap.viewBytes(pointer, this.#text.capacity - padding);
      // Whole chunks, also from sources that give little at a time, so that threads have work.
      while (!this.#ended && this.#filled - searched < this.#chunkBytes) {
        const read = await this.#source.read(room.subarray(this.#filled, searched + this.#chunkBytes));
        this.#filled += read;
        this.#ended = read === 0;
      }
      this.#skipByteOrderMark(room);
      if (this.#ended && this.#filled > 0 && room[this.#filled - 1] !== 10) {
        this.#kernels.heap.viewBytes(pointer, this.#text.capacity)[this.#filled++] = 10;
      }
      const whole = room.subarray(0, this.#filled).lastIndexOf(10) + 1;
      if (whole > 0) return whole;
    }
    return 0;
  }

  #dropConsumed(): void {
    if (this.#consumed === 0) return;
    const text = this.#kernels.heap.viewBytes(this.#text.pointer, this.#filled);
    text.copyWithin(0, this.#consumed);
    this.#linesBefore += this.#lines;
    this.#filled -= this.#consumed;
    this.#consumed = 0;
  }

  #skipByteOrderMark(text: Uint8Array): void {
    if (!this.#atStart) return;
    this.#atStart = false;
    if (text[0] !== 0xef || text[1] !== 0xbb || text[2] !== 0xbf || this.#filled < 3) return;
    text.copyWithin(0, 3, this.#filled);
    this.#filled -= 3;
  }

  #parse(length: number): RowBlock | undefined {
    const begin = this.#text.pointer;
    const end = begin + length;
    const layout = (this.#layout ??= this.#layoutOf(begin, length));
    if (layout === undefined) {
      this.#lines = this.#lineNumber(begin, end) - this.#linesBefore - 1;
      return undefined;
    }
    const parsed = this.#pieces.parse(begin, end, layout, (token) => this.#judge(begin, token));
    this.#lines = this.#pieces.lines;
    if (parsed.wrongLine !== undefined) throw this.#raggedLine(begin, end, parsed.wrongLine, layout);
    const block = {
      rows: parsed.rows,
      columns: layout.columns,
      stride: rowStride(layout.columns),
      labelSize: layout.labelSize,
      values: this.#pieces.values,
      labels: this.#pieces.labels,
    };
    this.#checkLabels(block, begin, length);
    return block;
  }

  #checkLabels({ rows, labelSize, labels }: RowBlock, begin: number, length: number): void {
    const check = this.#options.checkLabel;
    if (check === undefined || labelSize === 0) return;
    const { heap } = this.#kernels;
    const count = rows * labelSize;
    const values =
      this.#options.element === 'float64' ? heap.viewFloat64(labels, count) : heap.viewFloat32(labels, count);
    for (let i = 0; i < count; i++) {
      const problem = check(values[i] ?? 0);
      if (problem === undefined) continue;
      const start = startOfRow(heap.viewBytes(begin, length), Math.floor(i / labelSize));
      const place = `line ${this.#lineNumber(begin, begin + start)}, column ${(i % labelSize) + 1}`;
      throw new ClientError(`file ${this.#source.name}, ${place}: ${problem}`);
    }
  }

  /** By the first line that is not blank; `undefined` when all are. */
  #layoutOf(begin: number, length: number): CsvLayout | undefined {
    const text = this.#kernels.heap.viewBytes(begin, length);
    const fields = countFields(text);
    if (fields === 0) return undefined;
    const start = text.findIndex((byte) => byte !== 10 && byte !== 13);
    const place = `file ${this.#source.name}, line ${this.#lineNumber(begin, begin + start)}`;
    const { labelSize: asked, columns } = this.#options;
    const labelSize = asked !== 'auto' ? asked : columns !== undefined && fields === columns + 1 ? 1 : 0;
    if (columns !== undefined && fields !== columns + labelSize) {
      throw new ClientError(
        `${place}: ${fields} ${plural('field', fields)}, expected ${columns + labelSize}: ${columns} ${plural('feature', columns)} and label_size=${labelSize}`,
      );
    }
    if (fields <= labelSize) throw new ClientError(`${place}: no features beside ${labelSize} of label`);
    return { labelSize, columns: fields - labelSize };
  }

  #judge(begin: number, token: { pointer: number; length: number }): number {
    const { heap } = this.#kernels;
    const text = new TextDecoder().decode(heap.viewBytes(token.pointer, token.length).slice());
    const verdict = judgeToken(text, this.#options.nonFinite ?? 'refuse', this.#options.element ?? 'float32');
    if (typeof verdict === 'number') return verdict;
    const before = heap.viewBytes(begin, token.pointer - begin);
    const lineStart = before.lastIndexOf(10) + 1;
    const column = before.subarray(lineStart).reduce((count, byte) => count + (byte === 44 ? 1 : 0), 1);
    const line = this.#lineNumber(begin, token.pointer);
    const hint = line === 1 && verdict.kind === 'text' ? '; the file must not have a header line' : '';
    throw new ClientError(`file ${this.#source.name}, line ${line}, column ${column}: ${verdict.message}${hint}`);
  }

  #raggedLine(begin: number, end: number, lineStart: number, layout: CsvLayout): ClientError {
    const fields = countFields(this.#kernels.heap.viewBytes(lineStart, end - lineStart));
    const expected = layout.labelSize + layout.columns;
    return new ClientError(
      `file ${this.#source.name}, line ${this.#lineNumber(begin, lineStart)}: ${fields} ${plural('field', fields)}, expected ${expected} as in the lines before`,
    );
  }

  #lineNumber(begin: number, pointer: number): number {
    return this.#linesBefore + this.#kernels.pool.call('csv', 'count_lines', [begin, pointer]) + 1;
  }
}

/** Where the line of a row begins, blank lines left out of the count. */
function startOfRow(text: Uint8Array, row: number): number {
  let left = row;
  for (let start = 0; ; start = text.indexOf(10, start) + 1) {
    const blank = text[start] === 10 || (text[start] === 13 && text[start + 1] === 10);
    if (!blank && left-- === 0) return start;
  }
}

function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}
