/** Streams numeric CSV (no header) into kernel memory, parsing pieces of the text in parallel. */
import { ClientError } from '../errors.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { ByteSource } from './byte-source.ts';
import { CsvPieces, type CsvLayout, type ElementType } from './csv-pieces.ts';
import { LineChunks } from './line-chunks.ts';
import { countFields, judgeToken } from './csv-token.ts';
import type { RowBlock, RowOptions } from './row-block.ts';

export interface CsvOptions extends RowOptions {
  /** Numbers in the blocks: 32-bit (default), or 64-bit for exact values. */
  readonly element?: ElementType;
  /** Bytes read at a time. Default 4 MB. */
  readonly chunkBytes?: number;
}

/**
 * Yields blocks that are valid until the next one is asked for. Every number is the double nearest to its text, then rounded to 32 bits.
 * Thrown when the text is not a numeric table: ClientError naming file, line, column and value.
 */
export async function* readCsv(source: ByteSource, kernels: Kernels, options: CsvOptions): AsyncGenerator<RowBlock> {
  const reader = new CsvReader(source, kernels, options);
  const chunks = new LineChunks(source, kernels.heap, options.chunkBytes ?? 4_194_304);
  try {
    for (let chunk = await chunks.next(); chunk !== undefined; chunk = await chunks.next())
      yield* reader.blocks(chunk.begin, chunk.end);
  } finally {
    await chunks.release();
    reader.release();
  }
}

class CsvReader {
  readonly #source: ByteSource;
  readonly #kernels: Kernels;
  readonly #options: CsvOptions;
  #pieces: CsvPieces | undefined;
  /** Line ends in the text before the chunk. */
  #linesBefore = 0;
  #layout: CsvLayout | undefined;

  constructor(source: ByteSource, kernels: Kernels, options: CsvOptions) {
    this.#source = source;
    this.#kernels = kernels;
    this.#options = options;
  }

  *blocks(begin: number, end: number): Generator<RowBlock> {
    const layout = (this.#layout ??= this.#layoutOf(begin, end - begin));
    if (layout === undefined) {
      this.#linesBefore = this.#lineNumber(begin, end) - 1;
      return;
    }
    const pieces = (this.#pieces ??= new CsvPieces(this.#kernels, layout, this.#options));
    const judges = {
      token: (token: { pointer: number; length: number }) => this.#judge(begin, token),
      line: (pointer: number) => this.#raggedLine(begin, end, pointer, layout),
    };
    for (const { rows, values, labels, text } of pieces.parse(begin, end, judges)) {
      const place = (row: number): string => {
        const start = text + startOfRow(this.#kernels.heap.viewBytes(text, end - text), row);
        return `file ${this.#source.name}, line ${this.#lineNumber(begin, start)}`;
      };
      const block = { ...layout, rows, stride: rowStride(layout.columns), values, labels, place };
      this.#checkLabels(block);
      yield block;
    }
    this.#linesBefore += pieces.lines;
  }

  release(): void {
    this.#pieces?.release();
  }

  #checkLabels({ rows, labelSize, labels, place }: RowBlock): void {
    const check = this.#options.checkLabel;
    if (check === undefined || labelSize === 0) return;
    const { heap } = this.#kernels;
    const count = rows * labelSize;
    const values =
      this.#options.element === 'float64' ? heap.viewFloat64(labels, count) : heap.viewFloat32(labels, count);
    for (let i = 0; i < count; i++) {
      const problem = check(values[i] ?? 0);
      if (problem !== undefined)
        throw new ClientError(`${place(Math.floor(i / labelSize))}, column ${(i % labelSize) + 1}: ${problem}`);
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
    const verdict = judgeToken(text, this.#options.nan ?? 'refuse', this.#options.element ?? 'float32');
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
