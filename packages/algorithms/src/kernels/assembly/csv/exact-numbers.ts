// Numbers in every spelling, one character class at a time, and rounded exactly.
import { doubles, wide } from './table';

const newline: u32 = 10;
const carriageReturn: u32 = 13;
const space: u32 = 32;
const tab: u32 = 9;

/** Decimal digits at the start of eight bytes. */
@inline export function leadingDigits(word: u64): usize {
  const x = word ^ 0x3030303030303030;
  // The high bit of each byte that is no digit; what a carry spoils lies behind the first of them.
  const others = ((x + 0x7676767676767676) | x) & 0x8080808080808080;
  return <usize>(ctz<u64>(others) >> 3);
}

/** The number that the first `count` of eight bytes spell. */
@inline export function digitsValue(word: u64, count: usize): u64 {
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

/** Any number as CSV may spell it, spaces around it included; NaN when TypeScript has to judge. */
export function anyNumber(s: usize, e: usize, powers: usize): f64 {
  let p = s;
  let c = <u32>load<u8>(p);
  while (c == space || c == tab) c = <u32>load<u8>(++p);
  const value = numberFrom(p, powers);
  p = numberEnd;
  c = <u32>load<u8>(p);
  while (c == space || c == tab) c = <u32>load<u8>(++p);
  if (c == carriageReturn && <u32>load<u8>(p, 1) == newline) p++;
  return p == e ? value : NaN;
}

/** Where what {@link numberFrom} read last ends. */
export let numberEnd: usize = 0;

/** The number that begins here; NaN when there is none or TypeScript has to judge. */
export function numberFrom(s: usize, powers: usize): f64 {
  let p = s;
  let c = <u32>load<u8>(p);
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
  }
  numberEnd = p;

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
