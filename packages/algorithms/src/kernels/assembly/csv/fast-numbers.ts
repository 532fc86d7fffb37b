// Numbers as programs write them, sixteen digits in a few steps. Each function stores what it is sure of, or returns false.
import { doubles, points, zeros, beyondNine, weights10, weights100, weights10000, lastBytes, eightPlaces, ones, shuffles, divisors, frontShuffles, frontDivisors, bias } from './table';

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
@inline export function storeShort<T>(before: usize, e: usize, powers: usize, out: usize): bool {
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
@inline export function storeShortPair<T>(before: usize, e: usize, e2: usize, powers: usize, out: usize): bool {
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
@inline export function storeFrontPair(before: usize, e: usize, e2: usize, powers: usize, out: usize): bool {
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
export function storeScientific<T>(before: usize, e: usize, powers: usize, out: usize): bool {
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
@inline export function storeLongPair(before: usize, e: usize, before2: usize, e2: usize, powers: usize, out: usize): bool {
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
