// Sparse rows as text: lines of `label[:weight] [qid:number] feature:value …`. A piece of text ends with a line end and has 64 readable bytes behind it.
// Lines that are anything else (comments, words, features out of their order, numbers that are not finite or cannot be read exactly) are for TypeScript.

import { numberFrom, numberEnd, leadingDigits, digitsValue } from './csv/exact-numbers';
import { storeShort } from './csv/fast-numbers';
import { bias } from './csv/table';

const newline: u32 = 10;
const colon: u32 = 58;

// One piece, 32-bit words: begin, end, pointers of its labels (f32), weights (f32), queries (f64), starts (i32), features (i32) and values (f32), rows that
// there is room for; for entries there is always room. The answer: rows, entries, the greatest feature, whether rows have weights (1) and queries (2), pointer
// of the first byte not parsed, line ends passed.
const pieceBytes: usize = 64;

/** Line breaks aside. */
@inline function isSpace(c: u32): bool { return c == 32 || c == 9 || c == 13; }

/**
 * Parallel-for over pieces, each beginning at the start of a line. A piece stops early at a line that is not plain, or when its room for rows is full. A row's
 * start is that of its entries in the piece; one more tells where the last row ends. A row without a weight has 1, one without a query NaN.
 */
export function parse_rows(pieces: usize, powers: usize, first: i32, end: i32, block: i32): void {
  const piece = pieces + <usize>block * pieceBytes;
  const stop: usize = load<u32>(piece, 4);
  let p: usize = load<u32>(piece);
  row = 0;
  entry = 0;
  greatest = -1;
  found = 0;
  let lines = 0;
  const mostRows = load<i32>(piece, 32);
  while (p < stop) {
    let s = p;
    while (isSpace(<u32>load<u8>(s))) s++;
    if (<u32>load<u8>(s) == newline) p = s + 1;
    else {
      if (row == mostRows) break;
      const next = parse_line(s, piece, powers);
      if (next == 0) break;
      p = next;
    }
    lines++;
  }
  store<i32>(load<u32>(piece, 20) + (<usize>row << 2), entry);
  store<i32>(piece, row, 36);
  store<i32>(piece, entry, 40);
  store<i32>(piece, greatest, 44);
  store<i32>(piece, found, 48);
  store<u32>(piece, <u32>p, 52);
  store<i32>(piece, lines, 56);
}

let row: i32 = 0;
let entry: i32 = 0;
let greatest: i32 = -1;
let found: i32 = 0;

/** Returns where the next line begins; 0 when the line is not plain. Exported to stay a function of its own: better code comes with the next call. */
export function parse_line(begin: usize, piece: usize, powers: usize): usize {
  const features: usize = load<u32>(piece, 24), values: usize = load<u32>(piece, 28);
  const label = numberFrom(begin, powers);
  if (label != label) return 0;
  let p = numberEnd;
  let c = <u32>load<u8>(p);
  let weight: f64 = 1, kinds = 0;
  if (c == colon) {
    weight = numberFrom(p + 1, powers);
    if (!(weight >= 0 && weight <= f32.MAX_VALUE)) return 0;
    p = numberEnd;
    c = <u32>load<u8>(p);
    kinds = 1;
  }
  let query: f64 = NaN;
  let place = <usize>entry << 2;
  let last = -1;
  for (;;) {
    if (!isSpace(c) && c != newline) return 0;
    while (isSpace(c)) c = <u32>load<u8>(++p);
    if (c == newline) break;
    // `qid:`
    const isQuery = load<u32>(p) == 0x3a646971;
    if (isQuery) p += 4;
    let word = load<u64>(p);
    let count = leadingDigits(word);
    let whole = digitsValue(word, count);
    p += count;
    if (count == 8) {
      word = load<u64>(p);
      count = leadingDigits(word);
      if (count > 7) return 0;
      whole = whole * load<u64>(powers + (count << 3)) + digitsValue(word, count);
      p += count;
    } else if (count == 0) return 0;
    c = <u32>load<u8>(p);
    if (isQuery) {
      query = <f64>whole;
      kinds |= 2;
      continue;
    }
    if (c != colon || whole > 2147483646 || <i32>whole <= last) return 0;
    last = <i32>whole;
    p++;
    store<i32>(features + place, last);
    // Most numbers are no longer than sixteen bytes, and end at a space.
    const length = <usize>ctz<i32>(i8x16.bitmask(i8x16.le_u(v128.load(p), i8x16.splat(32))) | 0x10000);
    if (length < 16 && storeShort<f32>(p - 1 - bias, p + length - bias, powers, values + place)) p += length;
    else {
      const value = <f32>numberFrom(p, powers);
      if (!(abs(value) <= f32.MAX_VALUE)) return 0;
      p = numberEnd;
      store<f32>(values + place, value);
    }
    c = <u32>load<u8>(p);
    place += 4;
  }
  const at = <usize>row << 2;
  store<f32>(load<u32>(piece, 8) + at, <f32>label);
  store<f32>(load<u32>(piece, 12) + at, <f32>weight);
  store<f64>(load<u32>(piece, 16) + (at << 1), query);
  store<i32>(load<u32>(piece, 20) + at, entry);
  entry = <i32>(place >> 2);
  greatest = max(greatest, last);
  found |= kinds;
  row++;
  return p + 1;
}
