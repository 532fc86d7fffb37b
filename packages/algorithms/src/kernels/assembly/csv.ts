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

// One odd token: pointer of its first byte, length, where its value goes, row.
const oddBytes: usize = 16;

/** Line ends in [begin, end). */
@inline function countNewlines(begin: usize, end: usize): i32 {
  let count = 0;
  let p = begin;
  const wanted = i8x16.splat(10);
  for (; p + 16 <= end; p += 16) count += popcnt<i32>(i8x16.bitmask(i8x16.eq(v128.load(p), wanted)));
  for (; p < end; p++) count += <i32>(<u32>load<u8>(p) == newline);
  return count;
}

/**
 * Parallel-for over pieces of text. `pieces` holds per piece: begin, end, first row, unused (u32 each). Returns the piece's line ends.
 */
export function count_lines(pieces: usize, first: i32, end: i32, block: i32): f64 {
  const piece = pieces + (<usize>block << 4);
  return <f64>countNewlines(load<u32>(piece), load<u32>(piece, 4));
}

/** Line ends before `end`, for a line number in a message. */
export function lines_before(begin: usize, end: usize): f64 {
  return <f64>countNewlines(begin, end);
}

/**
 * Parallel-for over pieces, each beginning at the start of a line. Row r of a piece goes to row `first row + r` of `values` (`stride` numbers
 * of f32) and of `labels` (`labelSize` numbers). States and odd lists lie one after another per piece; a piece stops early when its odd list
 * is full. Returns the number of rows.
 */
export function parse_f32(
  pieces: usize, values: usize, stride: i32, labels: usize, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  first: i32, end: i32, block: i32,
): f64 {
  return parsePiece<f32>(pieces, values, stride, labels, labelSize, columns, powers, states, odd, oddCapacity, block);
}

/** As {@link parse_f32}, with numbers of f64. */
export function parse_f64(
  pieces: usize, values: usize, stride: i32, labels: usize, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32,
  first: i32, end: i32, block: i32,
): f64 {
  return parsePiece<f64>(pieces, values, stride, labels, labelSize, columns, powers, states, odd, oddCapacity, block);
}

@inline function parsePiece<T>(
  pieces: usize, values: usize, stride: i32, labels: usize, labelSize: i32, columns: i32, powers: usize, states: usize, odd: usize, oddCapacity: i32, block: i32,
): f64 {
  const piece = pieces + (<usize>block << 4);
  let p: usize = load<u32>(piece);
  const end: usize = load<u32>(piece, 4);
  const firstRow: i32 = load<i32>(piece, 8);
  const state = states + (<usize>block << 4);
  const oddList = odd + <usize>block * <usize>oddCapacity * oddBytes;
  const width = sizeof<T>();
  let row = 0;
  let odds = 0;
  let error = 0;
  let where: usize = 0;
  const valueColumns = columns - labelSize;

  while (p < end) {
    let c = <u32>load<u8>(p);
    if (c == newline) { p++; continue; }
    if (c == carriageReturn && <u32>load<u8>(p, 1) == newline) { p += 2; continue; }
    if (odds + columns > oddCapacity) break;
    const lineStart = p;
    let out = labels + <usize>(firstRow + row) * <usize>labelSize * width;
    let left = labelSize;
    let rest = valueColumns;
    if (left == 0) { out = values + <usize>(firstRow + row) * <usize>stride * width; left = rest; rest = 0; }

    // One field a turn; left counts the fields of the current target (labels, then values).
    for (;;) {
      const tokenStart = p;
      c = <u32>load<u8>(p);
      while (c == space || c == tab) c = <u32>load<u8>(++p);
      let negative = false;
      if (c == 45) { negative = true; c = <u32>load<u8>(++p); }
      else if (c == 43) c = <u32>load<u8>(++p);

      let mantissa: u64 = 0;
      let exponent = 0;
      const whole = p;
      let digit = c - 48;
      while (digit < 10) { mantissa = mantissa * 10 + <u64>digit; digit = <u32>load<u8>(++p) - 48; }
      let seen = <i32>(p - whole);
      let digits = seen;
      if (digit == <u32>-2) {
        p++;
        const fraction = p;
        if (mantissa == 0) {
          // Zeros before the first digit that counts use up no precision.
          digits = 0;
          while (<u32>load<u8>(p) == 48) p++;
        }
        const counted = p;
        let word = load<u64>(p);
        while (((word & 0xF0F0F0F0F0F0F0F0) | (((word + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) == 0x3333333333333333 && p - counted < 16) {
          word = ((word & 0x0F0F0F0F0F0F0F0F) * 2561) >> 8;
          word = ((word & 0x00FF00FF00FF00FF) * 6553601) >> 16;
          word = ((word & 0x0000FFFF0000FFFF) * 42949672960001) >> 32;
          mantissa = mantissa * 100000000 + word;
          p += 8;
          word = load<u64>(p);
        }
        digit = <u32>load<u8>(p) - 48;
        while (digit < 10) { mantissa = mantissa * 10 + <u64>digit; digit = <u32>load<u8>(++p) - 48; }
        exponent = -<i32>(p - fraction);
        digits += <i32>(p - counted);
        seen += <i32>(p - fraction);
      }
      c = digit + 48;
      let good = seen > 0 && digits <= 19;
      if (good && (c | 32) == 101) {
        c = <u32>load<u8>(++p);
        let down = false;
        if (c == 45) { down = true; c = <u32>load<u8>(++p); }
        else if (c == 43) c = <u32>load<u8>(++p);
        let power = 0;
        const powerStart = p;
        digit = c - 48;
        while (digit < 10) { if (power < 100000) power = power * 10 + <i32>digit; digit = <u32>load<u8>(++p) - 48; }
        good = p > powerStart;
        exponent += down ? -power : power;
        c = digit + 48;
      }
      while (c == space || c == tab) c = <u32>load<u8>(++p);
      if (c == carriageReturn && <u32>load<u8>(p, 1) == newline) c = <u32>load<u8>(++p);
      if (c != comma && c != newline) good = false;

      let value: f64 = 0;
      if (good) {
        if (mantissa < 9007199254740993 && exponent >= -22 && exponent <= 22) {
          const scale = load<f64>(powers + (<usize>(exponent < 0 ? -exponent : exponent) << 3));
          value = exponent < 0 ? <f64>mantissa / scale : <f64>mantissa * scale;
        } else value = rounded(mantissa, exponent, powers + 184);
        good = value >= 0 && (sizeof<T>() == 8 || value <= 3.4028234663852886e38);
      }
      if (good) store<T>(out, <T>(negative ? -value : value));
      else {
        p = tokenStart;
        c = <u32>load<u8>(p);
        while (c != comma && c != newline) c = <u32>load<u8>(++p);
        const entry = oddList + <usize>odds * oddBytes;
        store<u32>(entry, <u32>tokenStart);
        store<u32>(entry, <u32>(p - tokenStart), 4);
        store<u32>(entry, <u32>out, 8);
        store<i32>(entry, firstRow + row, 12);
        odds++;
      }
      out += width;
      left--;
      if (left == 0 && rest > 0) { out = values + <usize>(firstRow + row) * <usize>stride * width; left = rest; rest = 0; }
      p++;
      if (c == newline) { if (left > 0) error = 1; break; }
      if (left == 0) { error = 2; break; }
    }
    if (error != 0) { where = lineStart; break; }
    row++;
  }

  store<i32>(state, row, stateRows);
  store<i32>(state, odds, stateOdd);
  store<i32>(state, error, stateError);
  store<u32>(state, <u32>(error != 0 ? where : p), stateWhere);
  return <f64>row;
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
