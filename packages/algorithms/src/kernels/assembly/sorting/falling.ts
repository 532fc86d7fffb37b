// The order of numbers from the greatest to the least, ties in the order they came; of few and of many.
import { countDigits, keyOf, sortKeys, tableBytes } from './radix';

/** More numbers than these are sorted by digits: the table for it has to be worth its while. */
const most: usize = 192;

/** What {@link orderFalling} needs for each number, rounded up to a multiple of four of them, behind the table. */
export const orderBytes: usize = 16;

/** Leaves the places of the numbers, in their order, at `space` + {@link tableBytes}; what lies behind them is free again. */
export function orderFalling(values: usize, count: usize, space: usize): void {
  const part = (count + 3 & ~3) << 2, order = space + tableBytes, keys = order + part;
  if (count > most) orderByDigits(values, count, space, keys, keys + part, keys + 2 * part, order);
  else orderByCounting(values, count, keys, order);
}

function orderByDigits(values: usize, count: usize, table: usize, keys: usize, other: usize, places: usize, order: usize): void {
  memory.fill(table, 0, tableBytes);
  for (let i: usize = 0; i < count; i++) {
    const key = ~keyOf(reinterpret<u32>(load<f32>(values + (i << 2)) + 0));
    store<u32>(keys + (i << 2), key);
    store<u32>(places + (i << 2), i);
    countDigits(key, table);
  }
  sortKeys(keys, other, places, order, <i32>count, table);
}

/** A number's rank is how many are greater, and how many before it are equal: of four numbers at a time. */
function orderByCounting(values: usize, count: usize, keys: usize, order: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const bits = reinterpret<i32>(load<f32>(values + (i << 2)) + 0);
    store<i32>(keys + (i << 2), bits ^ <i32>(<u32>(bits >> 31) >> 1));
  }
  for (let i: usize = 0; i < count; i += 4) {
    const own = v128.load(keys + (i << 2));
    const behind = min(i + 4, count);
    let ranks = i32x4.splat(0);
    for (let j: usize = 0; j < i; j++) ranks = i32x4.sub(ranks, i32x4.ge_s(v128.load32_splat(keys + (j << 2)), own));
    for (let j = i; j < behind; j++) {
      const key = v128.load32_splat(keys + (j << 2));
      const tied = v128.and(i32x4.eq(key, own), i32x4.gt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>(j - i))));
      ranks = i32x4.sub(ranks, v128.or(i32x4.gt_s(key, own), tied));
    }
    for (let j = behind; j < count; j++) ranks = i32x4.sub(ranks, i32x4.gt_s(v128.load32_splat(keys + (j << 2)), own));
    store<u32>(order + (<usize>i32x4.extract_lane(ranks, 0) << 2), i);
    if (i + 1 < count) store<u32>(order + (<usize>i32x4.extract_lane(ranks, 1) << 2), i + 1);
    if (i + 2 < count) store<u32>(order + (<usize>i32x4.extract_lane(ranks, 2) << 2), i + 2);
    if (i + 3 < count) store<u32>(order + (<usize>i32x4.extract_lane(ranks, 3) << 2), i + 3);
  }
}
