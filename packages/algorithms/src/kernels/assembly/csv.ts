// Numeric CSV. A piece of text ends with a line end and has 16 readable bytes behind it. Tokens that the fast way cannot read exactly ("odd" ones: more than 19
// digits, words, quotes, empty fields) are listed for TypeScript to judge.

const comma: u32 = 44;
const newline: u32 = 10;
const carriageReturn: u32 = 13;
const space: u32 = 32;
const tab: u32 = 9;

// State block of one parse, 32-bit words: rows done, odd tokens listed, error (0 none, 1 too few fields, 2 too many), pointer of the error.
const stateRows: usize = 0;
const stateOdd: usize = 4;
const stateError: usize = 8;
const stateWhere: usize = 12;

// The table of powers: 10^0 … 10^16 as u64, 10^0 … 10^22 as f64, 128 bits each of 10^-348 … 10^347, then what sixteen bytes at a time need: constants
// (a load is cheaper than to build one), sixteen bytes of 0 and sixteen of 255 (read at n: the last n bytes), and by what a number is divided with
// n = 0 … 15 digits behind its point or (16) without one, first for positive ones, then for negative ones.
const doubles: usize = 136;
const wide: usize = 320;
const points: usize = 11456;
const zeros: usize = 11472;
const beyondNine: usize = 11488;
const weights10: usize = 11504;
const weights100: usize = 11520;
const weights10000: usize = 11536;
const lastBytes: usize = 11552;
const divisors: usize = 11584;

// One odd token: pointer of its first byte, length, where its value goes, row.
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
 * Parallel-for over pieces, each beginning at the start of a line: `pieces` holds begin, end, first row, unused (u32) of each. Row r of a piece goes to row `first row + r` of `values` (`stride` numbers
 * of f32) and of `labels` (`labelSize` numbers). States and odd lists lie one after another per piece; a piece stops early when its odd list
 * is full. `separators`: per piece room for `capacity` pointers, at least 32 more than there are columns. Returns the number of rows.
 */
export function parse_f32(
  pieces: usize, values: usize, stride: i32, labels: usize, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  separators: usize, capacity: i32, first: i32, end: i32, block: i32,
): f64 {
  return parsePiece<f32>(pieces, values, stride, labels, labelSize, columns, powers, states, odd, oddCapacity, separators, capacity, block);
}

/** As {@link parse_f32}, with numbers of f64. */
export function parse_f64(
  pieces: usize, values: usize, stride: i32, labels: usize, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  separators: usize, capacity: i32, first: i32, end: i32, block: i32,
): f64 {
  return parsePiece<f64>(pieces, values, stride, labels, labelSize, columns, powers, states, odd, oddCapacity, separators, capacity, block);
}

@inline function parsePiece<T>(
  pieces: usize, values: usize, stride: i32, labels: usize, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  separators: usize, capacity: i32, block: i32,
): f64 {
  const piece = pieces + (<usize>block << 4);
  let p: usize = load<u32>(piece);
  const end: usize = load<u32>(piece, 4);
  const firstRow: i32 = load<i32>(piece, 8);
  const state = states + (<usize>block << 4);
  const oddList = odd + <usize>block * <usize>oddCapacity * oddBytes;
  const list = separators + <usize>block * <usize>capacity * 4;
  const width = sizeof<T>();
  let row = 0;
  let odds = 0;
  let error = 0;

  // Separators are found ahead of the fields, so that no field has to wait for the end of the one before it.
  while (p < end && error == 0) {
    const found = findSeparators(p, end, list, capacity);
    const last = foundTo >= end;
    let at = 0;
    while (at < found) {
      const lineEnd: usize = load<u32>(list + (<usize>at << 2));
      if (<u32>load<u8>(lineEnd) == newline && (lineEnd == p || (lineEnd == p + 1 && <u32>load<u8>(p) == carriageReturn))) {
        p = lineEnd + 1;
        at++;
        continue;
      }
      if (at + columns > found) break;
      if (odds + columns > oddCapacity) break;
      let s = p;
      let out = labels + <usize>(firstRow + row) * <usize>labelSize * width;
      for (let field = 0; field < columns; field++, at++, out += width) {
        if (field == labelSize) out = values + <usize>(firstRow + row) * <usize>stride * width;
        const e: usize = load<u32>(list + (<usize>at << 2));
        if ((<u32>load<u8>(e) == newline) != (field == columns - 1)) { error = field == columns - 1 ? 2 : 1; break; }
        if (!storeShort<T>(s, e, powers, out) && !storeOther<T>(s, e, powers, out)) {
          const entry = oddList + <usize>odds * oddBytes;
          store<u32>(entry, <u32>s);
          store<u32>(entry, <u32>(e - s), 4);
          store<u32>(entry, <u32>out, 8);
          store<i32>(entry, firstRow + row, 12);
          odds++;
        }
        s = e + 1;
      }
      if (error != 0) break;
      p = s;
      row++;
    }
    if (error != 0 || p >= end || odds + columns > oddCapacity) break;
    // A line that does not fit in what was found is looked at again from its start; the last line has nothing behind it to wait for.
    if (last) error = 1;
  }

  store<i32>(state, row, stateRows);
  store<i32>(state, odds, stateOdd);
  store<i32>(state, error, stateError);
  store<u32>(state, <u32>p, stateWhere);
  return <f64>row;
}

let foundTo: usize = 0;

/** Lists the pointers of commas and line ends in [begin, end), as many as fit; {@link foundTo} is where it stopped. */
@inline function findSeparators(begin: usize, end: usize, list: usize, capacity: i32): i32 {
  const commas = i8x16.splat(44), newlines = i8x16.splat(10);
  let found = 0;
  let p = begin;
  for (; p < end && found + 16 <= capacity; p += 16) {
    const bytes = v128.load(p);
    let mask = i8x16.bitmask(v128.or(i8x16.eq(bytes, commas), i8x16.eq(bytes, newlines)));
    if (p + 16 > end) mask &= (1 << <i32>(end - p)) - 1;
    const count = popcnt<i32>(mask);
    let target = list + (<usize>found << 2);
    // The first three are written whether they are there or not: cheaper than to ask.
    store<u32>(target, <u32>p + ctz<i32>(mask));
    mask &= mask - 1;
    store<u32>(target, <u32>p + ctz<i32>(mask), 4);
    mask &= mask - 1;
    store<u32>(target, <u32>p + ctz<i32>(mask), 8);
    mask &= mask - 1;
    for (target += 12; mask != 0; target += 4) {
      store<u32>(target, <u32>p + ctz<i32>(mask));
      mask &= mask - 1;
    }
    found += count;
  }
  foundTo = p;
  return found;
}

/** The number that sixteen digits (0 to 9, one in each byte) spell. */
@inline function sixteenDigits(digits: v128, powers: usize): u64 {
  const pairs = i16x8.shr_u(i16x8.mul(digits, v128.load(powers + weights10)), 8);
  const fours = i32x4.dot_i16x8_s(pairs, v128.load(powers + weights100));
  const eights = <u64>i64x2.extract_lane(i32x4.dot_i16x8_s(i16x8.narrow_i32x4_u(fours, fours), v128.load(powers + weights10000)), 0);
  return (eights & 0xFFFFFFFF) * 100000000 + (eights >> 32);
}

/**
 * Stores a number of digits with or without a point and a minus, up to 16 bytes; false when it is not of this kind. Without branches, because
 * lengths and signs cannot be guessed.
 */
@inline function storeShort<T>(s: usize, e: usize, powers: usize, out: usize): bool {
  const negative = <i32>(<u32>load<u8>(s) == 45);
  const length = <i32>(e - s) - negative;
  if (<u32>(length - 1) >= 16) return false;
  // The number ends where the sixteen bytes end; before it stands whatever is there, always memory that can be read.
  const bytes = v128.load(e - 16);
  const found = i8x16.bitmask(i8x16.eq(bytes, v128.load(powers + points))) & (0xFFFF << (16 - length));
  const behind = <usize>(clz<i32>(found) - 16);
  const count = length - <i32>(found != 0);
  // The digits before the point move up to those behind it.
  const joined = v128.bitselect(bytes, v128.load(e - 17), v128.load(powers + lastBytes + behind));
  const digits = v128.and(i8x16.sub(joined, v128.load(powers + zeros)), v128.load(powers + lastBytes + <usize>count));
  if (i8x16.bitmask(i8x16.add_sat_u(digits, v128.load(powers + beyondNine))) != 0 || count == 0) return false;
  // Rounded once: with a point there are at most 15 digits, and without one nothing is divided.
  store<T>(out, <T>(<f64><i64>sixteenDigits(digits, powers) / load<f64>(powers + divisors + ((behind + <usize>negative * 17) << 3))));
  return true;
}

@inline function storeOther<T>(s: usize, e: usize, powers: usize, out: usize): bool {
  let value = longNumber<T>(s, e, powers);
  if (value != value) value = anyNumber(s, e, powers);
  if (value != value || (sizeof<T>() == 4 && abs(value) > 3.4028234663852886e38)) return false;
  store<T>(out, <T>value);
  return true;
}

/** A number of up to 8 digits before the point, 19 in all, and nothing else but a minus; NaN when it is not of this kind. */
@inline function longNumber<T>(s: usize, e: usize, powers: usize): f64 {
  const negative = <u32>load<u8>(s) == 45;
  const whole = s + <usize>negative;
  const first = load<u64>(whole);
  const digits = leadingDigits(first);
  const point = whole + digits;
  let mantissa = digitsValue(first, digits);
  const fraction = <i32>(e - point) - 1;
  if (<u32>load<u8>(point) != 46 || <u32>(fraction - 1) >= 18 || (fraction > 11 && mantissa > 9)) return NaN;
  const front = max(fraction - 16, 0);
  const back = fraction - front;
  const gap = <u64>(8 - front) << 2;
  const word = load<u64>(e - 24) >> gap >> gap;
  const last = v128.and(i8x16.sub(v128.load(e - 16), v128.load(powers + zeros)), v128.load(powers + lastBytes + <usize>back));
  if (leadingDigits(word) < <usize>front || i8x16.bitmask(i8x16.add_sat_u(last, v128.load(powers + beyondNine))) != 0) return NaN;
  mantissa = mantissa * load<u64>(powers + (<usize>front << 3)) + digitsValue(word, <usize>front);
  mantissa = mantissa * load<u64>(powers + (<usize>back << 3)) + sixteenDigits(last, powers);
  // Two roundings, so at most two units of the last place off, or one rounding and exact.
  let value = <f64><i64>mantissa / load<f64>(powers + doubles + (<usize>fraction << 3));
  // What is off changes the 32 bits only close to the middle between two of their numbers.
  const doubtful = sizeof<T>() == 8
    ? mantissa > 9007199254740992
    : <i64>mantissa < 0 || (<u32>reinterpret<u64>(value) & 0x1FFFFFFF) - 0x0FFFFFFC < 9;
  if (doubtful) value = rounded(mantissa, -fraction, powers + wide);
  if (value < 0) return NaN;
  return reinterpret<f64>(reinterpret<u64>(value) | (<u64>negative << 63));
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
