/** Cuts libsvm text at line ends into pieces and parses them in parallel; lines that the kernel leaves aside are handed on as they are. */
import { cutLines, type TextPiece } from '../formats/cut-lines.ts';
import { numberTables } from '../formats/number-tables.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { SparseBlock } from './row-collector.ts';

/** Rows of plain lines, valid until the next part is asked for. */
export interface ParsedRows extends SparseBlock {
  readonly kind: 'rows';
  /** Lines that the rows were read from, blank ones too. */
  readonly lines: number;
  /** The line of a row, both counted from 0. */
  lineOf(row: number): number;
}

/** A line that is not plain. */
export interface OtherLine {
  readonly kind: 'line';
  /** Without its end. */
  readonly text: Uint8Array;
  readonly lines: 1;
}

/** Text that a thread parses in one go. */
const pieceBytes = 131_072;
/** Of the kernel's table, in 32-bit words. */
const pieceWords = 16;
/** A feature and its value take four bytes of text at least. */
const entryText = 4;
/** Rows that are shorter are parsed in several goes. */
const rowText = 16;

export class LibsvmPieces {
  readonly #kernels: Kernels;
  readonly #tables: number;
  readonly #space: GrowingArray;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#tables = numberTables(kernels);
    this.#space = new GrowingArray(kernels.heap);
  }

  /** Parses [begin, end), which ends with a line end and has 64 readable bytes behind it, in its order. */
  *parse(begin: number, end: number): Generator<ParsedRows | OtherLine> {
    const { heap, pool } = this.#kernels;
    const cuts = cutLines(heap, { begin, end }, pieceBytes);
    const table = this.#table(cuts);
    const args = [this.#space.pointer, this.#tables];
    pool.parallel('libsvm', 'parse_rows', { items: cuts.length, grain: 1 }, args);
    for (const [piece, cut] of cuts.entries()) {
      const entry = table.subarray(piece * pieceWords, (piece + 1) * pieceWords);
      for (let from = cut.begin; ;) {
        const stopped = pointer(entry, 13);
        if (stopped > from) yield this.#rows(entry, from, stopped);
        if (stopped >= cut.end) break;
        from = stopped;
        // Short rows that there was no room for are plain lines.
        if ((entry[9] ?? 0) < (entry[8] ?? 0)) {
          const rest = heap.viewBytes(from, cut.end - from);
          const text = rest.subarray(0, rest.indexOf(10));
          yield { kind: 'line', text, lines: 1 };
          from += text.length + 1;
        }
        if (from >= cut.end) break;
        entry[0] = from;
        pool.call('libsvm', 'parse_rows', [...args, piece, piece + 1, piece]);
      }
    }
  }

  release(): void {
    this.#space.release();
    this.#kernels.heap.free(this.#tables);
  }

  /** Pointers of every piece, and behind them the room that they point to. */
  #table(cuts: readonly TextPiece[]): Int32Array {
    const largest = Math.max(...cuts.map((cut) => cut.end - cut.begin));
    const rows = Math.ceil(largest / rowText / 2) * 2;
    const entries = Math.ceil(largest / entryText / 2) * 2;
    const tableBytes = cuts.length * pieceWords * 4;
    // Queries of eight bytes, labels, weights and starts, one more than rows; features and values.
    const bytes = rows * 20 + 8 + entries * 8;
    const start = this.#space.reserve(tableBytes + cuts.length * bytes);
    const table = this.#kernels.heap.viewInt32(start, cuts.length * pieceWords);
    for (const [piece, cut] of cuts.entries()) {
      const queries = start + tableBytes + piece * bytes;
      const labels = queries + rows * 8;
      const weights = labels + rows * 4;
      const starts = weights + rows * 4;
      const features = starts + rows * 4 + 8;
      const own = [cut.begin, cut.end, labels, weights, queries, starts, features, features + entries * 4, rows];
      table.set(own, piece * pieceWords);
    }
    return table;
  }

  #rows(entry: Int32Array, from: number, to: number): ParsedRows {
    const { heap } = this.#kernels;
    const [rows = 0, entries = 0, greatest = 0, found = 0, , lines = 0] = entry.subarray(9);
    const text = heap.viewBytes(from, to - from);
    return {
      kind: 'rows',
      lines,
      lineOf: (row) => lineOfRow(text, row),
      columns: greatest + 1,
      labels: heap.viewFloat32(pointer(entry, 2), rows),
      weights: (found & 1) === 0 ? undefined : heap.viewFloat32(pointer(entry, 3), rows),
      queries: (found & 2) === 0 ? undefined : heap.viewFloat64(pointer(entry, 4), rows),
      starts: heap.viewInt32(pointer(entry, 5), rows + 1),
      features: heap.viewInt32(pointer(entry, 6), entries),
      values: heap.viewFloat32(pointer(entry, 7), entries),
    };
  }
}

function pointer(entry: Int32Array, word: number): number {
  return (entry[word] ?? 0) >>> 0;
}

/** Every line that is not blank is a row. */
function lineOfRow(text: Uint8Array, row: number): number {
  let left = row;
  for (let start = 0, line = 0; ; line++) {
    const end = text.indexOf(10, start);
    if (!text.subarray(start, end).every((byte) => byte === 32 || byte === 9 || byte === 13) && left-- === 0)
      return line;
    start = end + 1;
  }
}
