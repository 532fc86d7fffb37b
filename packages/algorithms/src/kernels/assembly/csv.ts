// Numeric CSV. A piece of text ends with a line end and has 64 readable bytes behind it. Tokens that the fast ways cannot read exactly ("odd" ones: more than 19
// digits, words, quotes, empty fields) are listed for TypeScript to judge.

import { commaBytes, newlineBytes, bias } from './csv/table';
import { storeShort, storeShortPair, storeFrontPair, storeScientific, storeLongPair } from './csv/fast-numbers';
import { anyNumber } from './csv/exact-numbers';

const newline: u32 = 10;
const carriageReturn: u32 = 13;

// State block of one parse, 32-bit words: rows done, odd tokens listed, error (0 none, 1 too few fields, 2 too many), pointer of the first byte not
// parsed (of the line at fault when there is an error), line ends passed. Behind them is room for two numbers.
const stateBytes: usize = 48;
const stateRows: usize = 0;
const stateOdd: usize = 4;
const stateError: usize = 8;
const stateWhere: usize = 12;
const stateLines: usize = 16;
const stateRoom: usize = 32;

// One piece, 32-bit words: begin, end, pointer of its values, of its labels, rows that there is room for, whether NaN and empty fields are NaN (else odd).
const pieceBytes: usize = 32;

// One odd token: pointer of its first byte, length, where its value goes, unused.
const oddBytes: usize = 16;

/** Line ends in [begin, end). */
export function count_lines(begin: usize, end: usize): f64 {
  let count = 0;
  let p = begin;
  const wanted = i8x16.splat(10);
  for (; p + 16 <= end; p += 16) count += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(p), wanted)));
  for (; p < end; p++) count += <i32>(<u32>load<u8>(p) == newline);
  return <f64>count;
}

/**
 * Parallel-for over pieces, each beginning at the start of a line. Rows are `stride` numbers at a piece's values and `labelSize` numbers at its labels. A
 * piece stops early when its odd list or its room for rows is full; what is left of it is parsed by another call. `separators`: per piece room for
 * `capacity` pointers, at least 128 more than there are columns, and as many line ends. Returns the number of rows.
 */
export function parse_f32(
  pieces: usize, stride: i32, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  separators: usize, capacity: i32, first: i32, end: i32, block: i32,
): f64 {
  return parsePiece<f32>(pieces, stride, labelSize, columns, powers, states, odd, oddCapacity, separators, capacity, block);
}

/** As {@link parse_f32}, with numbers of f64. */
export function parse_f64(
  pieces: usize, stride: i32, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  separators: usize, capacity: i32, first: i32, end: i32, block: i32,
): f64 {
  return parsePiece<f64>(pieces, stride, labelSize, columns, powers, states, odd, oddCapacity, separators, capacity, block);
}

@inline function parsePiece<T>(
  pieces: usize, stride: i32, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  separators: usize, capacity: i32, block: i32,
): f64 {
  const piece = pieces + <usize>block * pieceBytes;
  let p: usize = load<u32>(piece);
  const end: usize = load<u32>(piece, 4);
  let values: usize = load<u32>(piece, 8);
  let labels: usize = load<u32>(piece, 12);
  const mostRows: i32 = load<i32>(piece, 16);
  missing = load<i32>(piece, 20) != 0;
  const state = states + <usize>block * stateBytes;
  const list = separators + <usize>block * (<usize>capacity << 3);
  const lines = list + (<usize>capacity << 2);
  oddAt = odd + <usize>block * <usize>oddCapacity * oddBytes;
  const lastOdd = oddAt + <usize>(oddCapacity - columns) * oddBytes;
  const oddList = oddAt;
  room = state + stateRoom;
  const valuesBytes = <usize>stride * sizeof<T>();
  const labelsBytes = <usize>labelSize * sizeof<T>();
  let row = 0;
  let lineEnds = 0;
  let error = 0;
  let full = false;

  // Separators are found ahead of the fields, so that no field has to wait for the end of the one before it.
  while (p < end && error == 0 && !full) {
    const found = findSeparators(p, end, list, lines, capacity, powers);
    const lineCount = linesFound;
    let at = list;
    let line = 0;
    for (; line < lineCount; line++) {
      const last = list + (<usize>load<u32>(lines + (<usize>line << 2)) << 2);
      const lineEnd = <usize>load<u32>(last) + bias;
      if (<i32>((last - at) >> 2) != columns - 1 || (columns == 1 && lineEnd - p < 2)) {
        if (lineEnd == p || (lineEnd == p + 1 && <u32>load<u8>(p) == carriageReturn)) {
          at = last + 4;
          p = lineEnd + 1;
          continue;
        }
        const fields = <i32>((last - at) >> 2) + 1;
        if (fields != columns) { error = fields < columns ? 1 : 2; break; }
      }
      if (row == mostRows || oddAt > lastOdd) { full = true; break; }
      // The carriage return of a line end is no part of the last field.
      store<u32>(last, <u32>(lineEnd - bias - <usize>(<u32>load<u8>(lineEnd - 1) == carriageReturn)));
      let before = p - 1 - bias;
      for (const labelsEnd = labels + labelsBytes; labels < labelsEnd; labels += sizeof<T>(), at += 4) {
        const e: usize = load<u32>(at);
        storeOne<T>(before, e, powers, labels);
        before = e;
      }
      let out = values;
      while (at < last) {
        // What numbers are like changes seldom, and loops without calls keep all they need in registers.
        for (; at < last; at += 8, out += 2 * sizeof<T>()) {
          const e: usize = load<u32>(at), e2: usize = load<u32>(at, 4);
          if (!storeShortPair<T>(before, e, e2, powers, out)) break;
          before = e2;
        }
        const first = at;
        for (; at < last; at += 8, out += 2 * sizeof<T>()) {
          const e: usize = load<u32>(at), e2: usize = load<u32>(at, 4);
          if (!(sizeof<T>() == 4 ? storeFrontPair(before, e, e2, powers, out) : storeLongPair(before, e, e, e2, powers, out))) break;
          before = e2;
        }
        if (at == first) {
          for (; at <= last; at += 4, out += sizeof<T>()) {
            const e: usize = load<u32>(at);
            if (!storeScientific<T>(before, e, powers, out)) break;
            before = e;
          }
        }
        if (at == first && at < last) {
          const e: usize = load<u32>(at), e2: usize = load<u32>(at, 4);
          storeOne<T>(before, e, powers, out);
          storeOne<T>(e, e2, powers, out + sizeof<T>());
          before = e2;
          at += 8;
          out += 2 * sizeof<T>();
        }
      }
      if (at == last) storeOne<T>(before, load<u32>(at), powers, out);
      at = last + 4;
      p = lineEnd + 1;
      values += valuesBytes;
      row++;
    }
    lineEnds += line;
    if (error != 0 || full) break;
    // A line that does not fit in what was found is looked at again from its start.
    if (lineCount == 0) error = found < columns ? 1 : 2;
  }

  store<i32>(state, row, stateRows);
  store<i32>(state, <i32>((oddAt - oddList) / oddBytes), stateOdd);
  store<i32>(state, error, stateError);
  store<u32>(state, <u32>p, stateWhere);
  store<i32>(state, lineEnds, stateLines);
  return <f64>row;
}

let oddAt: usize = 0;
let room: usize = 0;
let missing: bool = false;

/** One number, or an entry in the list of odd tokens. */
function storeOne<T>(before: usize, e: usize, powers: usize, out: usize): void {
  if (storeShort<T>(before, e, powers, out)) return;
  if (missing && storeMissing<T>(before + bias + 1, e + bias, out)) return;
  if (storeScientific<T>(before, e, powers, out)) return;
  if (storeLongPair(before, e, before, e, powers, room)) { store<T>(out, <T>load<f64>(room)); return; }
  const s = before + bias + 1;
  if (storeAny<T>(s, e + bias, powers, out)) return;
  store<u32>(oddAt, <u32>s);
  store<u32>(oddAt, <u32>(e + bias - s), 4);
  store<u32>(oddAt, <u32>out, 8);
  oddAt += oddBytes;
}

@inline function storeMissing<T>(s: usize, e: usize, out: usize): bool {
  // Three bytes, without the bit that makes letters small: NAN.
  if (e != s && (e - s != 3 || (load<u32>(s) & 0xDFDFDF) != 0x4E414E)) return false;
  store<T>(out, <T>NaN);
  return true;
}

@inline function storeAny<T>(s: usize, e: usize, powers: usize, out: usize): bool {
  const value = anyNumber(s, e, powers);
  if (value != value || (sizeof<T>() == 4 && abs(value) > 3.4028234663852886e38)) return false;
  store<T>(out, <T>value);
  return true;
}

let linesFound: i32 = 0;

/**
 * Lists the pointers (less {@link bias}) of commas and line ends in [begin, end), as many as fit, and which of them are line ends ({@link linesFound} places in the list).
 * Returns the number of pointers.
 */
@inline function findSeparators(begin: usize, end: usize, list: usize, lines: usize, capacity: i32, powers: usize): i32 {
  // Not splats: those would be built anew at each use.
  const commas = v128.load(powers, commaBytes), newlines = v128.load(powers, newlineBytes);
  let found = 0;
  let lineTarget = lines;
  for (let p = begin; p < end && found + 64 <= capacity; p += 64) {
    const a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32), d = v128.load(p, 48);
    const endsA = i8x16.eq(a, newlines), endsB = i8x16.eq(b, newlines), endsC = i8x16.eq(c, newlines), endsD = i8x16.eq(d, newlines);
    let mask = mask64(
      v128.or(i8x16.eq(a, commas), endsA), v128.or(i8x16.eq(b, commas), endsB), v128.or(i8x16.eq(c, commas), endsC), v128.or(i8x16.eq(d, commas), endsD),
    );
    const inside = p + 64 > end ? ((<u64>1) << <u64>(end - p)) - 1 : <u64>-1;
    mask &= inside;
    if (v128.any_true(v128.or(v128.or(endsA, endsB), v128.or(endsC, endsD)))) {
      for (let ends = mask64(endsA, endsB, endsC, endsD) & inside; ends != 0; ends &= ends - 1, lineTarget += 4) {
        store<i32>(lineTarget, found + <i32>popcnt<u64>(mask & (ends ^ (ends - 1)) >> 1));
      }
    }
    const count = <i32>popcnt<u64>(mask);
    const target = list + (<usize>found << 2);
    const base = <u32>(p - bias);
    found += count;
    // Four at a time are written whether they are there or not: cheaper than to ask.
    storeFour(target, base, mask);
    if (count > 4) {
      mask = withoutFour(mask);
      storeFour(target + 16, base, mask);
      mask = withoutFour(mask);
      for (let more = target + 32; mask != 0; mask &= mask - 1, more += 4) store<u32>(more, base + <u32>ctz<u64>(mask));
    }
  }
  linesFound = <i32>((lineTarget - lines) >> 2);
  return found;
}

@inline function storeFour(target: usize, base: u32, mask: u64): void {
  const second = mask & (mask - 1), third = second & (second - 1), fourth = third & (third - 1);
  store<u32>(target, base + <u32>ctz<u64>(mask));
  store<u32>(target, base + <u32>ctz<u64>(second), 4);
  store<u32>(target, base + <u32>ctz<u64>(third), 8);
  store<u32>(target, base + <u32>ctz<u64>(fourth), 12);
}

@inline function withoutFour(mask: u64): u64 {
  const second = mask & (mask - 1), third = second & (second - 1), fourth = third & (third - 1);
  return fourth & (fourth - 1);
}

/** One bit for each of 64 bytes. */
@inline function mask64(a: v128, b: v128, c: v128, d: v128): u64 {
  return <u64><u32>i8x16.bitmask(a) | (<u64><u32>i8x16.bitmask(b) << 16) | (<u64><u32>i8x16.bitmask(c) << 32) | (<u64><u32>i8x16.bitmask(d) << 48);
}
