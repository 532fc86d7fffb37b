// Numeric CSV. A piece of text ends with a line end and has 64 readable bytes behind it. Tokens that the fast ways cannot read exactly ("odd" ones: more than 19
// digits, words, quotes, empty fields) are listed for TypeScript to judge.

const comma: u32 = 44;
const newline: u32 = 10;
const carriageReturn: u32 = 13;
const space: u32 = 32;
const tab: u32 = 9;

// State block of one parse, 32-bit words: rows done, odd tokens listed, error (0 none, 1 too few fields, 2 too many), pointer of the first byte not
// parsed (of the line at fault when there is an error), line ends passed. Behind them is room for two numbers.
const stateBytes: usize = 48;
const stateRows: usize = 0;
const stateOdd: usize = 4;
const stateError: usize = 8;
const stateWhere: usize = 12;
const stateLines: usize = 16;
const stateRoom: usize = 32;

// One piece, 32-bit words: begin, end, pointer of its values, of its labels, rows that there is room for.
const pieceBytes: usize = 32;

// The table: 10^0 … 10^18 as u64, 10^0 … 10^22 as f64, 128 bits each of 10^-348 … 10^347, then what sixteen bytes at a time need: constants (a load is
// cheaper than to build one), 32 bytes of 0 and 32 of 255 (16 bytes read at 16 + n: the last n are 255), and by the place of the point and the length:
// from where its sixteen digits come, and by what it is divided (positive, then negative).
const doubles: usize = 152;
const wide: usize = 336;
const points: usize = 11472;
const zeros: usize = 11488;
const beyondNine: usize = 11504;
const weights10: usize = 11520;
const weights100: usize = 11536;
const weights10000: usize = 11552;
const lastBytes: usize = 11568;
const eightPlaces: usize = 11632;
const ones: usize = 11648;
const commaBytes: usize = 11664;
const newlineBytes: usize = 11680;
// Rows by leading zeros of 32 bits of which the last 16 are the bytes: 16 + digits behind the last point, or 32 without one. The first row is that of 16.
const shuffles: usize = 11696 - 16 * 256;
const divisors: usize = 16048 - 16 * 256;
// By bytes before the point, or 32 without one.
const frontShuffles: usize = 20400;
const frontDivisors: usize = 20928;

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

/** Decimal digits at the start of eight bytes. */
@inline function leadingDigits(word: u64): usize {
  const x = word ^ 0x3030303030303030;
  // The high bit of each byte that is no digit; what a carry spoils lies behind the first of them.
  const others = ((x + 0x7676767676767676) | x) & 0x8080808080808080;
  return <usize>(ctz<u64>(others) >> 3);
}

/** The number that the first `count` of eight bytes spell. */
@inline function digitsValue(word: u64, count: usize): u64 {
  // Zeros move in before the first digit. Shifting in two steps, because a shift by 64 would be none.
  let w = (word << (<u64>(8 - count) << 2)) << (<u64>(8 - count) << 2);
  w = ((w & 0x0F0F0F0F0F0F0F0F) * 2561) >> 8;
  w = ((w & 0x00FF00FF00FF00FF) * 6553601) >> 16;
  return ((w & 0x0000FFFF0000FFFF) * 42949672960001) >> 32;
}

/** Digits of a number without the zeros before the first that counts. */
function significantDigits(begin: usize, end: usize): i32 {
  let p = begin;
  while (p < end && (<u32>load<u8>(p) == 48 || <u32>load<u8>(p) == 46)) p++;
  let digits = 0;
  for (; p < end; p++) digits += <i32>(<u32>load<u8>(p) != 46);
  return digits;
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

/** One number, or an entry in the list of odd tokens. */
function storeOne<T>(before: usize, e: usize, powers: usize, out: usize): void {
  if (storeShort<T>(before, e, powers, out)) return;
  if (storeScientific<T>(before, e, powers, out)) return;
  if (storeLongPair(before, e, before, e, powers, room)) { store<T>(out, <T>load<f64>(room)); return; }
  const s = before + bias + 1;
  if (storeAny<T>(s, e + bias, powers, out)) return;
  store<u32>(oddAt, <u32>s);
  store<u32>(oddAt, <u32>(e + bias - s), 4);
  store<u32>(oddAt, <u32>out, 8);
  oddAt += oddBytes;
}

// The separator lists hold pointers less than they mean by this, so that what lies before a separator is read at an offset that is not negative.
const bias: usize = 32;

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

/** Two numbers of sixteen digits (0 to 9, one in each byte): the first eight digits of one and its last, then of the other. */
@inline function eightDigits(digits: v128, digits2: v128, powers: usize): v128 {
  return i32x4.dot_i16x8_s(i16x8.narrow_i32x4_u(fourDigits(digits, powers), fourDigits(digits2, powers)), v128.load(powers, weights10000));
}

@inline function fourDigits(digits: v128, powers: usize): v128 {
  return i32x4.dot_i16x8_s(i16x8.shr_u(i16x8.mul(digits, v128.load(powers, weights10)), 8), v128.load(powers, weights100));
}

@inline function firstEights(eights: v128): v128 { return f64x2.convert_low_i32x4_s(i32x4.shuffle(eights, eights, 0, 2, 0, 2)); }

@inline function lastEights(eights: v128): v128 { return f64x2.convert_low_i32x4_s(i32x4.shuffle(eights, eights, 1, 3, 1, 3)); }

/** Two numbers of sixteen digits, the product exact and the sum rounded only when it is above 2^53. */
@inline function sixteenDigits(eights: v128, powers: usize): v128 {
  return f64x2.add(f64x2.mul(firstEights(eights), v128.load(powers, eightPlaces)), lastEights(eights));
}

@inline function notDigits(digits: v128, powers: usize): bool {
  return i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(powers, beyondNine))) != 0;
}

/** 1 when the field behind a separator begins with a minus. */
@inline function minusBehind(before: usize): usize { return <usize>(<u32>load<u8>(before, bias + 1) == 45); }

/**
 * Where the tables have the entry of a number of `last + 1` bytes that ends where the sixteen bytes end. They know that a point further from the end
 * than the number is long is another's.
 */
@inline function entryOf(bytes: v128, last: usize, powers: usize): usize {
  return powers + (<usize>clz<i32>(i8x16.bitmask(i8x16.eq(bytes, v128.load(powers, points)))) << 8) + (last << 4);
}

/** The digits without the point, zeros in front. */
@inline function digitsAlone(bytes: v128, entry: usize, powers: usize): v128 {
  return i8x16.swizzle(i8x16.sub(bytes, v128.load(powers, zeros)), v128.load(entry, shuffles));
}

/** The power of ten with the sign of the number. */
@inline function divisorPair(entry: usize, minus: usize, entry2: usize, minus2: usize): v128 {
  return v128.load64_lane(entry2 + (minus2 << 3), v128.load64_zero(entry + (minus << 3), divisors), 1, divisors);
}

/** Stores a number of digits with or without a point and a minus, up to 16 bytes; false when it is not of this kind. */
@inline function storeShort<T>(before: usize, e: usize, powers: usize, out: usize): bool {
  const minus = minusBehind(before);
  const last = e - before - minus - 2;
  if (last >= 16) return false;
  // The number ends where the sixteen bytes end; before it stands whatever is there, always memory that can be read.
  const bytes = v128.load(e, bias - 16);
  const entry = entryOf(bytes, last, powers);
  const digits = digitsAlone(bytes, entry, powers);
  if (notDigits(digits, powers)) return false;
  const eights = <u64>i64x2.extract_lane(eightDigits(digits, digits, powers), 0);
  // Rounded once: with a point there are at most 15 digits, and without one nothing is divided.
  store<T>(out, <T>(<f64><i64>((eights & 0xFFFFFFFF) * 100000000 + (eights >> 32)) / load<f64>(entry + (minus << 3), divisors)));
  return true;
}

/**
 * Two numbers as {@link storeShort} takes them, stored side by side. Without branches, because lengths and signs cannot be guessed, and both at a time,
 * because most of the work is as much for two as for one.
 */
@inline function storeShortPair<T>(before: usize, e: usize, e2: usize, powers: usize, out: usize): bool {
  const minus = minusBehind(before), minus2 = minusBehind(e);
  const last = e - before - minus - 2, last2 = e2 - e - minus2 - 2;
  if ((last | last2) >= 16) return false;
  const bytes = v128.load(e, bias - 16), bytes2 = v128.load(e2, bias - 16);
  const entry = entryOf(bytes, last, powers), entry2 = entryOf(bytes2, last2, powers);
  const digits = digitsAlone(bytes, entry, powers), digits2 = digitsAlone(bytes2, entry2, powers);
  if (notDigits(i8x16.max_u(digits, digits2), powers)) return false;
  const pair = f64x2.div(sixteenDigits(eightDigits(digits, digits2, powers), powers), divisorPair(entry, minus, entry2, minus2));
  if (sizeof<T>() == 4) v128.store64_lane(out, f32x4.demote_f64x2_zero(pair), 0);
  else v128.store(out, pair);
  return true;
}

/**
 * Two numbers of 16 to 32 bytes each, the point among the first sixteen, rounded to 32 bits and stored side by side; false when one is not of this kind.
 * What is behind the first fifteen digits is only looked at, not read: false when the number could round to something else without it.
 */
@inline function storeFrontPair(before: usize, e: usize, e2: usize, powers: usize, out: usize): bool {
  const minus = minusBehind(before), minus2 = minusBehind(e);
  const more = e - before - minus - 17, more2 = e2 - e - minus2 - 17;
  if (more > 16 || more2 > 16) return false;
  const bytes = v128.load(before + minus, bias + 1), bytes2 = v128.load(e + minus2, bias + 1);
  const entry = frontEntry(bytes, powers), entry2 = frontEntry(bytes2, powers);
  const digits = frontDigits(bytes, entry, powers), digits2 = frontDigits(bytes2, entry2, powers);
  const rest = restDigits(e, more, powers), rest2 = restDigits(e2, more2, powers);
  if (notDigits(i8x16.max_u(i8x16.max_u(digits, digits2), i8x16.max_u(rest, rest2)), powers)) return false;
  const low = sixteenDigits(eightDigits(digits, digits2, powers), powers);
  const divisors = v128.load64_lane(entry2 + (minus2 << 3), v128.load64_zero(entry + (minus << 3), frontDivisors), 1, frontDivisors);
  // The number lies between these two, and rounding keeps the order. Without a point the divisor is NaN, and nothing equals that.
  const pair = f32x4.demote_f64x2_zero(f64x2.div(low, divisors));
  const above = f32x4.demote_f64x2_zero(f64x2.div(f64x2.add(low, v128.load(powers, ones)), divisors));
  if ((i32x4.bitmask(f32x4.eq(pair, above)) & 3) != 3) return false;
  v128.store64_lane(out, pair, 0);
  return true;
}

@inline function frontEntry(bytes: v128, powers: usize): usize {
  return powers + (<usize>ctz<i32>(i8x16.bitmask(i8x16.eq(bytes, v128.load(powers, points)))) << 4);
}

@inline function frontDigits(bytes: v128, entry: usize, powers: usize): v128 {
  return i8x16.swizzle(i8x16.sub(bytes, v128.load(powers, zeros)), v128.load(entry, frontShuffles));
}

/** The last `count` bytes of a number as digits. */
@inline function restDigits(e: usize, count: usize, powers: usize): v128 {
  return v128.and(i8x16.sub(v128.load(e, bias - 16), v128.load(powers, zeros)), v128.load(powers + count, lastBytes + 16));
}

/**
 * Stores a number with an exponent of up to three digits, as programs write it: up to 16 bytes before the exponent, or for 32 bits up to 32 as
 * {@link storeFrontPair} takes them; false when it is not of this kind or one multiplication or division does not give it exactly.
 */
function storeScientific<T>(before: usize, e: usize, powers: usize, out: usize): bool {
  const minus = minusBehind(before);
  const begin = before + minus + 1;
  const unlike = (load<u64>(e, bias - 8) | 0x2020202020202020) ^ 0x6565656565656565;
  const letters = (unlike - 0x0101010101010101) & ~unlike & 0x8080808080808080;
  if (letters == 0) return false;
  const letter = e - 1 - <usize>(clz<u64>(letters) >> 3);
  const last = letter - begin - 1;
  if (last >= 32) return false;
  let p = letter + 1;
  const c = <u32>load<u8>(p, bias);
  if (c == 45 || c == 43) p++;
  if (e - p - 1 >= 3) return false;
  let power = 0;
  for (; p < e; p++) {
    const digit = <u32>load<u8>(p, bias) - 48;
    if (digit > 9) return false;
    power = power * 10 + <i32>digit;
  }
  if (c == 45) power = -power;

  let digits: v128;
  if (last < 16) {
    const bytes = v128.load(letter, bias - 16);
    const behind = <usize>clz<i32>(i8x16.bitmask(i8x16.eq(bytes, v128.load(powers, points)))) - 16;
    if (behind <= last) power -= <i32>behind;
    digits = digitsAlone(bytes, entryOf(bytes, last, powers), powers);
    if (notDigits(digits, powers)) return false;
  } else {
    if (sizeof<T>() == 8) return false;
    const bytes = v128.load(begin, bias);
    const entry = frontEntry(bytes, powers);
    power -= 15 - <i32>((entry - powers) >> 4);
    digits = frontDigits(bytes, entry, powers);
    if (entry - powers >= 256 || notDigits(i8x16.max_u(digits, restDigits(letter, last - 15, powers)), powers)) return false;
  }
  const eights = <u64>i64x2.extract_lane(eightDigits(digits, digits, powers), 0);
  const mantissa = <f64><i64>((eights & 0xFFFFFFFF) * 100000000 + (eights >> 32));
  if (mantissa >= 9007199254740992 || <u32>(power + 22) > 44) return false;
  const value = scaled(mantissa, power, powers);
  if (sizeof<T>() == 4 && (value > 3.4028234663852886e38 || (last >= 16 && <f32>value != <f32>scaled(mantissa + 1, power, powers)))) return false;
  store<T>(out, <T>(minus ? -value : value));
  return true;
}

@inline function scaled(mantissa: f64, power: i32, powers: usize): f64 {
  const scale = load<f64>(powers + (<usize>(power < 0 ? -power : power) << 3), doubles);
  return power < 0 ? mantissa / scale : mantissa * scale;
}

/**
 * Two numbers of up to 23 bytes each, of digits with or without a point and a minus, stored side by side as doubles; false when one is not of this kind
 * or cannot be rounded with certainty. The first begins behind `before` and ends at `e`, the second begins behind `before2` and ends at `e2`.
 */
@inline function storeLongPair(before: usize, e: usize, before2: usize, e2: usize, powers: usize, out: usize): bool {
  const minus = minusBehind(before), minus2 = minusBehind(before2);
  const last = e - before - minus - 2, last2 = e2 - before2 - minus2 - 2;
  if (last >= 23 || last2 >= 23) return false;
  // The last sixteen bytes of each, and the eight before them of both.
  const bytes = v128.load(e, bias - 16), bytes2 = v128.load(e2, bias - 16);
  const front = v128.load64_lane(e2, v128.load64_zero(e, bias - 24), 1, bias - 24);
  const point = v128.load(powers, points);
  const frontFound = i8x16.bitmask(i8x16.eq(front, point)) << 8;
  const found = (i8x16.bitmask(i8x16.eq(bytes, point)) << 16) | (frontFound & 0xFF00);
  const found2 = (i8x16.bitmask(i8x16.eq(bytes2, point)) << 16) | ((frontFound >> 8) & 0xFF00);
  const behind = <usize>clz<i32>(found & (<i32>0x80000000 >> <i32>last));
  const behind2 = <usize>clz<i32>(found2 & (<i32>0x80000000 >> <i32>last2));
  const count = last + <usize>(behind == 32), count2 = last2 + <usize>(behind2 == 32);
  // The digits before the point move up to those behind it.
  const zero = v128.load(powers, zeros);
  const joined = v128.bitselect(bytes, v128.load(e, bias - 17), v128.load(powers + behind, lastBytes + 16));
  const joined2 = v128.bitselect(bytes2, v128.load(e2, bias - 17), v128.load(powers + behind2, lastBytes + 16));
  const frontBehind = v128.load64_lane(powers + behind2, v128.load64_zero(powers + behind, lastBytes + 8), 1, lastBytes + 8);
  const joinedFront = v128.bitselect(front, v128.load64_lane(e2, v128.load64_zero(e, bias - 25), 1, bias - 25), frontBehind);
  const frontCounted = v128.load64_lane(powers + count2, v128.load64_zero(powers + count, lastBytes + 8), 1, lastBytes + 8);
  const digits = v128.and(i8x16.sub(joined, zero), v128.load(powers + count, lastBytes + 16));
  const digits2 = v128.and(i8x16.sub(joined2, zero), v128.load(powers + count2, lastBytes + 16));
  const frontDigits = v128.and(i8x16.sub(joinedFront, zero), frontCounted);
  if (notDigits(i8x16.max_u(i8x16.max_u(digits, digits2), frontDigits), powers) || count == 0 || count2 == 0) return false;
  const eights = eightDigits(digits, digits2, powers);
  const fours = fourDigits(frontDigits, powers);
  const fronts = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_u(fours, fours), v128.load(powers, weights10000));
  const value = quotient(i32x4.extract_lane(fronts, 0), i64x2.extract_lane(eights, 0), behind, powers);
  const value2 = quotient(i32x4.extract_lane(fronts, 1), i64x2.extract_lane(eights, 1), behind2, powers);
  if (value < 0 || value2 < 0) return false;
  store<u64>(out, reinterpret<u64>(value) | (<u64>minus << 63));
  store<u64>(out, reinterpret<u64>(value2) | (<u64>minus2 << 63), 8);
  return true;
}

/** The double nearest to a number of 8 + 8 + 8 digits with `behind` of them behind the point (32: without one); -1 when this way cannot decide. */
@inline function quotient(front: u32, eights: u64, behind: usize, powers: usize): f64 {
  const places = behind & 31;
  const mantissa = <u64>front * 10000000000000000 + (eights & 0xFFFFFFFF) * 100000000 + (eights >> 32);
  const bits = reinterpret<u64>(<f64><i64>mantissa / load<f64>(powers + (places << 3), doubles));
  // Two roundings, so less than 1.5 units of the last place off. The remainder tells by how much: it is exact, although the two that it is the
  // difference of do not fit in 64 bits.
  const shift = 1075 - (bits >> 52);
  const whole = (bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
  const power = load<u64>(powers + (places << 3));
  const twice = <i64>(((shift < 64 ? mantissa << shift : 0) - whole * power) << 1);
  const nearest = bits + <u64>(twice > <i64>power) - <u64>(twice < -<i64>power);
  const certain = front < 922 && places <= 18 && shift < 128 && (bits & 0xFFFFFFFFFFFFF) != 0 && twice != <i64>power && twice != -<i64>power;
  return certain ? reinterpret<f64>(nearest) : -1;
}

@inline function storeAny<T>(s: usize, e: usize, powers: usize, out: usize): bool {
  const value = anyNumber(s, e, powers);
  if (value != value || (sizeof<T>() == 4 && abs(value) > 3.4028234663852886e38)) return false;
  store<T>(out, <T>value);
  return true;
}

/** Any number as CSV may spell it, spaces around it included; NaN when TypeScript has to judge. */
function anyNumber(s: usize, e: usize, powers: usize): f64 {
  let p = s;
  let c = <u32>load<u8>(p);
  while (c == space || c == tab) c = <u32>load<u8>(++p);
  const negative = c == 45;
  if (negative || c == 43) p++;

  const whole = p;
  let mantissa: u64 = 0;
  let count: usize;
  do {
    const word = load<u64>(p);
    count = leadingDigits(word);
    mantissa = mantissa * load<u64>(powers + (count << 3)) + digitsValue(word, count);
    p += count;
  } while (count == 8);
  let digits = <i32>(p - whole);
  let exponent = 0;
  c = <u32>load<u8>(p);
  if (c == 46) {
    const fraction = ++p;
    do {
      const word = load<u64>(p);
      count = leadingDigits(word);
      mantissa = mantissa * load<u64>(powers + (count << 3)) + digitsValue(word, count);
      p += count;
    } while (count == 8);
    exponent = -<i32>(p - fraction);
    digits -= exponent;
    c = <u32>load<u8>(p);
  }
  if (digits == 0 || (digits > 19 && significantDigits(whole, p) > 19)) return NaN;
  if ((c | 32) == 101) {
    c = <u32>load<u8>(++p);
    const down = c == 45;
    if (down || c == 43) c = <u32>load<u8>(++p);
    let power = 0;
    const powerStart = p;
    let digit = c - 48;
    while (digit < 10) { if (power < 100000) power = power * 10 + <i32>digit; digit = <u32>load<u8>(++p) - 48; }
    if (p == powerStart) return NaN;
    exponent += down ? -power : power;
    c = digit + 48;
  }
  while (c == space || c == tab) c = <u32>load<u8>(++p);
  if (c == carriageReturn && <u32>load<u8>(p, 1) == newline) p++;
  if (p != e) return NaN;

  let value: f64;
  if (mantissa < 9007199254740993 && exponent >= -22 && exponent <= 22) {
    const scale = load<f64>(powers + doubles + (<usize>(exponent < 0 ? -exponent : exponent) << 3));
    value = exponent < 0 ? <f64><i64>mantissa / scale : <f64><i64>mantissa * scale;
  } else value = rounded(mantissa, exponent, powers + wide);
  if (value < 0) return NaN;
  return reinterpret<f64>(reinterpret<u64>(value) | (<u64>negative << 63));
}

// ---- Correct rounding: the Eisel-Lemire algorithm over 128-bit powers of ten (low word, high word; from 10^-348 to 10^347) ----

let productHigh: u64 = 0;
let productLow: u64 = 0;

@inline function multiply(a: u64, b: u64): void {
  const aLow = a & 0xFFFFFFFF, aHigh = a >> 32, bLow = b & 0xFFFFFFFF, bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const other = aLow * bHigh + (middle & 0xFFFFFFFF);
  productHigh = aHigh * bHigh + (middle >> 32) + (other >> 32);
  productLow = (other << 32) | (low & 0xFFFFFFFF);
}

/** mantissa × 10^exponent, rounded to nearest even; -1 when this way cannot decide. */
function rounded(mantissa: u64, exponent: i32, table: usize): f64 {
  if (mantissa == 0) return 0;
  if (exponent < -348 || exponent > 347) return -1;
  const shift = clz<u64>(mantissa);
  const m = mantissa << shift;
  let exponent2: u64 = <u64>(<i64>((217706 * exponent) >> 16) + 1087) - shift;
  const entry = table + (<usize>(exponent + 348) << 4);
  multiply(m, load<u64>(entry, 8));
  let high = productHigh, low = productLow;
  if ((high & 0x1FF) == 0x1FF && low + m < m) {
    multiply(m, load<u64>(entry));
    let mergedHigh = high;
    const mergedLow = low + productHigh;
    if (mergedLow < low) mergedHigh++;
    if ((mergedHigh & 0x1FF) == 0x1FF && mergedLow + 1 == 0 && productLow + m < m) return -1;
    high = mergedHigh;
    low = mergedLow;
  }
  const top = high >> 63;
  let bits = high >> (top + 9);
  exponent2 -= 1 ^ top;
  if (low == 0 && (high & 0x1FF) == 0 && (bits & 3) == 1) return -1;
  bits += bits & 1;
  bits >>= 1;
  if (bits >> 53) { bits >>= 1; exponent2++; }
  if (exponent2 - 1 >= 0x7FE) return -1;
  return reinterpret<f64>((exponent2 << 52) | (bits & 0xFFFFFFFFFFFFF));
}
