/** Cuts text at line ends into pieces, parses them in parallel with the CSV kernel, and settles what the kernel leaves aside. */
import { cutLines, type TextPiece } from './cut-lines.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import { numberTables } from './number-tables.ts';

export type ElementType = 'float32' | 'float64';

export interface NumberOptions {
  readonly element?: ElementType;
  readonly nan?: 'refuse' | 'missing';
}

export interface CsvLayout {
  readonly labelSize: number;
  /** Features; a line has `labelSize + columns` fields. */
  readonly columns: number;
}

/** Rows of one piece of the text, valid until the next ones are asked for. */
export interface ParsedRows {
  readonly rows: number;
  readonly values: number;
  readonly labels: number;
  /** Pointer of the text in which the rows begin. */
  readonly text: number;
}

export interface CsvJudges {
  /** Called for each field that is not a plain number: returns its value, or throws. */
  readonly token: (token: { readonly pointer: number; readonly length: number }) => number;
  /** Called with the pointer of the first line that has too few or too many fields: returns what to throw. */
  readonly line: (pointer: number) => Error;
}

/** Text that a thread parses in one go: it and its rows fit in the fast memory of a core. */
const pieceBytes = 131_072;
/** Of the kernel's tables, in 32-bit words. */
const pieceWords = 8;
const stateWords = 12;
const oddWords = 4;

export class CsvPieces {
  readonly #kernels: Kernels;
  readonly #layout: CsvLayout;
  readonly #width: number;
  readonly #kernel: string;
  readonly #missing: number;
  readonly #values: GrowingArray;
  readonly #labels: GrowingArray;
  readonly #tables: GrowingArray;
  readonly #powers: number;
  /** Bytes of text in a row, at least as far as is known. */
  #rowBytes = 0;
  #lines = 0;

  /** Default: 32-bit numbers, and no NaN. */
  constructor(kernels: Kernels, layout: CsvLayout, { element = 'float32', nan = 'refuse' }: NumberOptions = {}) {
    this.#kernels = kernels;
    this.#layout = layout;
    this.#width = element === 'float32' ? 4 : 8;
    this.#kernel = element === 'float32' ? 'parse_f32' : 'parse_f64';
    this.#missing = Number(nan === 'missing');
    this.#values = new GrowingArray(kernels.heap);
    this.#labels = new GrowingArray(kernels.heap);
    this.#tables = new GrowingArray(kernels.heap);
    this.#powers = numberTables(kernels);
  }

  /** Line ends in the text that was parsed last. */
  get lines(): number {
    return this.#lines;
  }

  /** Parses [begin, end), which ends with a line end and has 64 readable bytes behind it. */
  *parse(begin: number, end: number, judges: CsvJudges): Generator<ParsedRows> {
    const { heap, pool } = this.#kernels;
    const { labelSize, columns } = this.#layout;
    const fields = labelSize + columns;
    const stride = rowStride(columns);
    const cuts = cutLines(heap, { begin, end }, pieceBytes);
    const count = cuts.length;
    const oddCapacity = Math.max(2048, fields);
    const capacity = 2 * fields + 2048;
    const pieces = this.#tables.reserve(count * (pieceWords + stateWords + oddCapacity * oddWords + capacity * 2) * 4);
    const states = pieces + count * pieceWords * 4;
    const odd = states + count * stateWords * 4;
    const separators = odd + count * oddCapacity * oddWords * 4;

    const room = this.#roomForRows(begin, end, cuts);
    const values = this.#values.reserve(count * room * stride * this.#width);
    const labels = this.#labels.reserve(count * room * labelSize * this.#width);
    const table = heap.viewInt32(pieces, count * pieceWords);
    for (const [piece, cut] of cuts.entries()) {
      const first = piece * room * this.#width;
      const targets = [values + first * stride, labels + first * labelSize];
      table.set([cut.begin, cut.end, ...targets, room, this.#missing], piece * pieceWords);
    }
    const args = [pieces, stride, labelSize, fields, this.#powers, states, odd, oddCapacity, separators, capacity];
    pool.parallel('csv', this.#kernel, { items: count, grain: 1 }, args);

    this.#lines = 0;
    for (const [piece, cut] of cuts.entries()) {
      const entry = table.subarray(piece * pieceWords, (piece + 1) * pieceWords);
      const state = heap.viewInt32(states + piece * stateWords * 4, stateWords);
      const list = heap.viewInt32(odd + piece * oddCapacity * oddWords * 4, oddCapacity * oddWords);
      for (let text = cut.begin; ;) {
        const [rows = 0, odds = 0, error = 0, at = 0, lines = 0] = state;
        const stopped = at >>> 0;
        for (let token = 0; token < odds; token++) this.#settle(list, token, judges);
        if (error !== 0) throw judges.line(stopped);
        this.#lines += lines;
        if (rows > 0) yield { rows, text, values: (entry[2] ?? 0) >>> 0, labels: (entry[3] ?? 0) >>> 0 };
        if (stopped >= cut.end) break;
        // There were more odd fields or rows than there is room for.
        text = stopped;
        entry[0] = stopped;
        pool.call('csv', this.#kernel, [...args, piece, piece + 1, piece]);
      }
    }
  }

  release(): void {
    for (const array of [this.#values, this.#labels, this.#tables]) array.release();
    this.#kernels.heap.free(this.#powers);
  }

  /** Rows that each piece gets room for: as many as it should have by the lines seen so far, and some more. */
  #roomForRows(begin: number, end: number, cuts: readonly TextPiece[]): number {
    const sample = Math.min(end - begin, pieceBytes);
    const lines = this.#kernels.pool.call('csv', 'count_lines', [begin, begin + sample]);
    const { labelSize, columns } = this.#layout;
    this.#rowBytes = Math.max(sample / (lines + 1), 2 * (labelSize + columns));
    const largest = Math.max(...cuts.map((cut) => cut.end - cut.begin));
    return Math.ceil((1.25 * largest) / this.#rowBytes) + 1;
  }

  #settle(list: Int32Array, token: number, judges: CsvJudges): void {
    const pointer = (list[token * oddWords] ?? 0) >>> 0;
    const target = (list[token * oddWords + 2] ?? 0) >>> 0;
    const value = judges.token({ pointer, length: list[token * oddWords + 1] ?? 0 });
    const { heap } = this.#kernels;
    if (this.#width === 4) heap.viewFloat32(target, 1)[0] = value;
    else heap.viewFloat64(target, 1)[0] = value;
  }
}
