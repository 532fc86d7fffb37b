// Sorts keys of 32 bits by three digits of eleven.

// Order-preserving bits of a float, and back.
@inline export function keyOf(bits: u32): u32 { return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000); }
@inline export function valueOf(key: u32): f32 { return reinterpret<f32>(key ^ ((<u32>(<i32>~key >> 31)) | 0x80000000)); }

const digits: usize = 2048;
export const tableBytes: usize = 3 * digits << 2;

/** Counts the digits of a key. `table`: {@link tableBytes}, zero at first. */
@inline export function countDigits(key: u32, table: usize): void {
  const low = table + ((key & 2047) << 2), middle = table + ((key >> 11 & 2047) << 2) + (digits << 2), high = table + (key >> 22 << 2) + (digits << 3);
  store<u32>(low, load<u32>(low) + 1);
  store<u32>(middle, load<u32>(middle) + 1);
  store<u32>(high, load<u32>(high) + 1);
}

/** One pass of a radix sort, with 32 bits beside each key if `carried`. `table`: how often each digit occurs, becomes the place behind its last key. */
export function sort_by_digit(from: usize, to: usize, carried: usize, toCarried: usize, count: i32, shift: u32, table: usize): void {
  let sum: u32 = 0;
  for (let place = table; place < table + (digits << 2); place += 4) {
    const n = load<u32>(place);
    store<u32>(place, sum);
    sum += n;
  }
  for (let i: usize = 0, last = <usize>count << 2; i < last; i += 4) {
    const key = load<u32>(from + i);
    const place = table + (<usize>((key >> shift) & 2047) << 2);
    const at = <usize>load<u32>(place);
    store<u32>(place, <u32>at + 1);
    store<u32>(to + (at << 2), key);
    if (carried) store<u32>(toCarried + (at << 2), load<u32>(carried + i));
  }
}

/** Sorts `count` keys whose digits `table` has counted. The result is in `other`. `carried` and `otherCarried`: both, or both 0. */
export function sortKeys(keys: usize, other: usize, carried: usize, otherCarried: usize, count: i32, table: usize): void {
  let from = keys, to = other, fromCarried = carried, toCarried = otherCarried;
  for (let digit: u32 = 0; digit < 3; digit++) {
    const own = table + (<usize>digit * digits << 2), shift = digit * 11;
    // Nothing to do where all have the same digit.
    if (count == 0 || load<u32>(own + (<usize>((load<u32>(from) >> shift) & 2047) << 2)) == <u32>count) continue;
    sort_by_digit(from, to, fromCarried, toCarried, count, shift, own);
    const swap = from; from = to; to = swap;
    const swapCarried = fromCarried; fromCarried = toCarried; toCarried = swapCarried;
  }
  if (from == other) return;
  memory.copy(other, keys, <usize>count << 2);
  if (carried) memory.copy(otherCarried, carried, <usize>count << 2);
}
