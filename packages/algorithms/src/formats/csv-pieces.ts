/** Cuts text at line ends into pieces, parses them in parallel with the CSV kernel, and settles what the kernel leaves aside. */
import { GrowingArray } from '../kernels/growing-array.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';

export type ElementType = 'float32' | 'float64';

export interface CsvLayout {
  readonly labelSize: number;
  /** Features; a line has `labelSize + columns` fields. */
  readonly columns: number;
}

interface ParsedText {
  readonly rows: number;
  /** Pointer of the first line with too few or too many fields. */
  readonly wrongLine: number | undefined;
}

/** Called for each field that is not a plain number: returns its value, or throws. */
type Judge = (token: { readonly pointer: number; readonly length: number }) => number;

const pieceWords = 4;
const smallestPiece = 65_536;

export class CsvPieces {
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #kernel: string;
  readonly #values: GrowingArray;
  readonly #labels: GrowingArray;
  readonly #tables: GrowingArray;
  readonly #powers: number;
  #lines = 0;

  constructor(kernels: Kernels, element: ElementType) {
    this.#kernels = kernels;
    this.#width = element === 'float32' ? 4 : 8;
    this.#kernel = element === 'float32' ? 'parse_f32' : 'parse_f64';
    this.#values = new GrowingArray(kernels.heap);
    this.#labels = new GrowingArray(kernels.heap);
    this.#tables = new GrowingArray(kernels.heap);
    this.#powers = powersOfTen(kernels);
  }

  get values(): number {
    return this.#values.pointer;
  }

  get labels(): number {
    return this.#labels.pointer;
  }

  /** Line ends in the text that was parsed last. */
  get lines(): number {
    return this.#lines;
  }

  /** Parses [begin, end), which ends with a line end. */
  parse(begin: number, end: number, layout: CsvLayout, judge: Judge): ParsedText {
    const { heap, pool } = this.#kernels;
    const fields = layout.labelSize + layout.columns;
    const stride = rowStride(layout.columns);
    const cuts = this.#cut(begin, end);
    const count = cuts.length;
    const oddCapacity = Math.max(2048, fields);
    const capacity = fields + 4096;
    const pieces = this.#tables.reserve(count * (2 * pieceWords * 4 + oddCapacity * 16 + capacity * 4));
    const states = pieces + count * pieceWords * 4;
    const odd = states + count * pieceWords * 4;
    const separators = odd + count * oddCapacity * 16;
    const table = heap.viewInt32(pieces, count * pieceWords);
    cuts.forEach((cut, piece) => table.set([cut.begin, cut.end, 0, 0], piece * pieceWords));

    this.#lines = 0;
    cuts.forEach((cut, piece) => {
      table[piece * pieceWords + 2] = this.#lines;
      // Not in parallel: counting takes less time than waiting for another thread does.
      this.#lines += pool.call('csv', 'count_lines', [cut.begin, cut.end]);
    });
    const values = this.#values.reserve(this.#lines * stride * this.#width);
    const labels = this.#labels.reserve(this.#lines * layout.labelSize * this.#width);
    const args = [
      pieces,
      values,
      stride,
      labels,
      layout.labelSize,
      fields,
      this.#powers,
      states,
      odd,
      oddCapacity,
      separators,
      capacity,
    ];
    pool.parallel('csv', this.#kernel, { items: count, grain: 1 }, args);

    let rows = 0;
    for (let piece = 0; piece < count; piece++) {
      const first = table[piece * pieceWords + 2] ?? 0;
      const done = this.#finish(piece, args, judge);
      if (done.wrongLine !== undefined) return { rows, wrongLine: done.wrongLine };
      this.#closeGap(rows, first, done.rows, stride, layout.labelSize);
      rows += done.rows;
    }
    return { rows, wrongLine: undefined };
  }

  release(): void {
    for (const array of [this.#values, this.#labels, this.#tables]) array.release();
    this.#kernels.heap.free(this.#powers);
  }

  /** As many pieces as keep the threads evenly busy, none of them tiny. */
  #cut(begin: number, end: number): { begin: number; end: number }[] {
    const { heap, pool } = this.#kernels;
    const wanted = Math.max(
      1,
      Math.min(pool.threads === 1 ? 1 : pool.threads * 4, Math.floor((end - begin) / smallestPiece)),
    );
    const text = heap.viewBytes(begin, end - begin);
    const cuts: { begin: number; end: number }[] = [];
    let from = 0;
    for (let piece = 1; piece <= wanted && from < text.length; piece++) {
      const to =
        piece === wanted
          ? text.length
          : text.indexOf(10, Math.max(from, Math.floor((text.length * piece) / wanted) - 1)) + 1;
      cuts.push({ begin: begin + from, end: begin + to });
      from = to;
    }
    return cuts;
  }

  /** Settles the odd fields of a piece, and goes on parsing where it stopped because there were too many of them. */
  #finish(piece: number, args: readonly number[], judge: Judge): ParsedText {
    const { heap, pool } = this.#kernels;
    const [pieces = 0, , , , , , , states = 0, odd = 0, oddCapacity = 0] = args;
    const entry = heap.viewInt32(pieces + piece * pieceWords * 4, pieceWords);
    const state = heap.viewInt32(states + piece * pieceWords * 4, pieceWords);
    const list = heap.viewInt32(odd + piece * oddCapacity * 16, oddCapacity * 4);
    const end = (entry[1] ?? 0) >>> 0;
    for (let rows = 0; ;) {
      const [done = 0, odds = 0, error = 0, at = 0] = state;
      for (let token = 0; token < odds; token++) this.#settle(list, token, judge);
      rows += done;
      const stopped = at >>> 0;
      if (error !== 0) return { rows, wrongLine: stopped };
      if (stopped >= end) return { rows, wrongLine: undefined };
      entry[0] = stopped;
      entry[2] = (entry[2] ?? 0) + done;
      pool.call('csv', this.#kernel, [...args, piece, piece + 1, piece]);
    }
  }

  #settle(list: Int32Array, token: number, judge: Judge): void {
    const pointer = (list[token * 4] ?? 0) >>> 0;
    const target = (list[token * 4 + 2] ?? 0) >>> 0;
    const value = judge({ pointer, length: list[token * 4 + 1] ?? 0 });
    const { heap } = this.#kernels;
    if (this.#width === 4) heap.viewFloat32(target, 1)[0] = value;
    else heap.viewFloat64(target, 1)[0] = value;
  }

  /** Blank lines leave rows unused at the end of a piece: the next piece's rows move up. */
  #closeGap(target: number, source: number, rows: number, stride: number, labelSize: number): void {
    if (target === source) return;
    for (const [pointer, numbers] of [
      [this.values, stride],
      [this.labels, labelSize],
    ] as const) {
      const rowBytes = numbers * this.#width;
      this.#kernels.heap
        .viewBytes(pointer, (source + rows) * rowBytes)
        .copyWithin(target * rowBytes, source * rowBytes);
    }
  }
}

/** The table of powers for the kernel. */
function powersOfTen(kernels: Kernels): number {
  powers ??= computePowers();
  const pointer = kernels.heap.allocate(powers.byteLength);
  new BigUint64Array(kernels.heap.memory.buffer, pointer, powers.length).set(powers);
  return pointer;
}

/** A constant; kept because it takes some milliseconds to compute. */
let powers: BigUint64Array | undefined;

/** 10^0 … 10^16 as whole numbers, 10^0 … 10^22 as doubles, 128 bits of 10^-348 … 10^347, low word first, then constants for sixteen bytes at a time. */
function computePowers(): BigUint64Array {
  const whole = Array.from({ length: 17 }, (_, power) => 10n ** BigInt(power));
  const doubles = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
  const wide = Array.from({ length: 696 }, (_, index) => topBits(index - 348));
  const bytes = [46, 48, 118].map((byte) => 0x0101_0101_0101_0101n * BigInt(byte));
  const weights = [0x0a01_0a01_0a01_0a01n, 0x0001_0064_0001_0064n, 0x0001_2710_0001_2710n];
  const vectors = [...bytes, ...weights, 0n, 0xffff_ffff_ffff_ffffn].flatMap((half) => [half, half]);
  const places = Array.from({ length: 17 }, (_, behind) => (behind === 16 ? 1 : 10 ** behind));
  const divisors = Float64Array.from([...places, ...places.map((place) => -place)]);
  return BigUint64Array.from([
    ...whole,
    ...new BigUint64Array(doubles.buffer),
    ...wide.flatMap((bits) => [bits & 0xffff_ffff_ffff_ffffn, bits >> 64n]),
    ...vectors,
    ...new BigUint64Array(divisors.buffer),
  ]);
}

/** The first 128 binary digits of 10^power, cut off. */
function topBits(power: number): bigint {
  const whole = 10n ** BigInt(Math.abs(power));
  const length = BigInt(whole.toString(2).length);
  if (power >= 0) return length > 128n ? whole >> (length - 128n) : whole << (128n - length);
  const quotient = (1n << (length + 128n)) / whole;
  return quotient >> BigInt(quotient.toString(2).length - 128);
}
