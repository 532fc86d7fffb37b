// Quantile summaries of features, and the bins of their values. NaN means missing.
import { keyOf, valueOf, tableBytes, countDigits, sortKeys } from './sorting/radix';

// A long loop stays in the code that an engine makes first; better code comes with the next call. What takes long is therefore called often, and
// exported, or the compiler would draw it into its only caller.
export { sort_by_digit } from './sorting/radix';

/**
 * Keys of the `count` values at `source` that are there, and how often each of the three digits of eleven bits occurs, to `table`. With `weights`,
 * which are by row (`rowOf`, or 0), those of the values go to `carried`. `keys` may be the place of the values. Returns the number of keys.
 */
export function collect_keys(source: usize, count: i32, rowOf: usize, weights: usize, keys: usize, carried: usize, table: usize): i32 {
  memory.fill(table, 0, tableBytes);
  let kept: usize = 0;
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<f32>(source + (i << 2));
    if (value != value) continue;
    // -0 and 0 are one value.
    const key = keyOf(reinterpret<u32>(value + 0));
    store<u32>(keys + (kept << 2), key);
    if (weights) store<f32>(carried + (kept << 2), load<f32>(weights + ((rowOf ? load<u32>(rowOf + (i << 2)) : i) << 2)));
    kept++;
    countDigits(key, table);
  }
  return <i32>kept;
}

/**
 * Makes distinct sorted values with the sum of weights up to each (f64) of sorted keys, in place: values over the keys. Returns their number.
 */
export function distinct_values(keys: usize, weights: usize, count: i32, cumulated: usize): i32 {
  let size = -1;
  let last: u32 = 0;
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) {
    const key = load<u32>(keys + (<usize>i << 2));
    const weight: f64 = weights ? <f64>load<f32>(weights + (<usize>i << 2)) : 1;
    sum += weight;
    if (size < 0 || key != last) {
      size++;
      store<f32>(keys + (<usize>size << 2), valueOf(key));
      last = key;
    }
    store<f64>(cumulated + (<usize>size << 3), sum);
  }
  return size + 1;
}

@inline function emit(values: usize, cumulated: usize, index: i32, out: usize, size: i32): void {
  const entry = out + <usize>size * 24;
  store<f64>(entry, load<f32>(values + (<usize>index << 2)));
  store<f64>(entry, index == 0 ? 0 : load<f64>(cumulated + (<usize>(index - 1) << 3)), 8);
  store<f64>(entry, load<f64>(cumulated + (<usize>index << 3)), 16);
}

/** XGBoost's rule of which values stand for all (`WQSummary::SetPrune`). An entry: value, weight before it, weight up to and with it. */
function prune(values: usize, cumulated: usize, size: i32, most: i32, out: usize): i32 {
  if (size <= most) {
    for (let i = 0; i < size; i++) emit(values, cumulated, i, out, i);
    return size;
  }
  const begin = load<f64>(cumulated);
  const range = load<f64>(cumulated + (<usize>(size - 2) << 3)) - begin;
  const n = most - 1;
  let kept = 0, i = 1, last = 0;
  emit(values, cumulated, 0, out, kept++);
  for (let k = 1; k < n; k++) {
    const wanted = 2 * (<f64>k * range / <f64>n + begin);
    while (i < size - 1 && wanted >= load<f64>(cumulated + (<usize>(i + 1) << 3)) + load<f64>(cumulated + (<usize>i << 3))) i++;
    if (i == size - 1) break;
    const chosen = wanted < 2 * load<f64>(cumulated + (<usize>i << 3)) ? i : i + 1;
    if (chosen != last) { emit(values, cumulated, chosen, out, kept++); last = chosen; }
  }
  if (last != size - 1) emit(values, cumulated, size - 1, out, kept++);
  return kept;
}

const together = 4;
const tileRows = 64;

/** Some columns of dense rows, one behind another at distances of `part`: a few rows at a time, which stay at hand for all columns. */
export function gather_columns(values: usize, stride: i32, rowCount: i32, columns: i32, into: usize, part: usize): void {
  for (let tile = 0; tile < rowCount; tile += tileRows) {
    const end = min(tile + tileRows, rowCount);
    for (let k = 0; k < columns; k++) {
      const column = into + <usize>k * part;
      for (let row = <usize>tile; row < <usize>end; row++)
        store<f32>(column + (row << 2), load<f32>(values + (row * <usize>stride + <usize>k << 2)));
    }
  }
}

/**
 * Parallel-for over features: the summary of each, at most `most` entries of 24 bytes at `summaries` + feature × `most` × 24; their number to
 * `sizes`, the number of values that are there to `present`. Dense (`starts` = 0): column `feature` of `values`, rows of `stride`. Sparse: from
 * `starts[feature]` to `starts[feature + 1]` of `values`, with their rows in `rowOf`. `weights` per row, or 0. `space`: per block, six times
 * `capacity` × 4 bytes, seven times with weights, and 24,576 more; `capacity` is even.
 */
export function summarise(
  values: usize, stride: i32, rowCount: i32, starts: usize, rowOf: usize, weights: usize, most: i32, summaries: usize, sizes: usize, present: usize,
  space: usize, capacity: i32, first: i32, end: i32, block: i32,
): void {
  const part = <usize>capacity << 2;
  const own = space + <usize>block * ((weights ? 7 : 6) * part + tableBytes);
  const carried = own + together * part, other = carried + part, otherCarried = other + part;
  const table = weights ? otherCarried + part : otherCarried;
  for (let group = first; group < end; group += together) {
    const width = min(together, end - group);
    if (!starts) gather_columns(values + (<usize>group << 2), stride, rowCount, width, own, part);
    // From the last column to the first: cumulated weights take the place of its keys and of what lies behind them, which nobody needs any more.
    for (let k = width - 1; k >= 0; k--) {
      const feature = <usize>(group + k), keys = own + <usize>k * part;
      const from = starts ? <usize>load<u32>(starts + (feature << 2)) : 0;
      const source = starts ? values + (from << 2) : keys;
      const length = starts ? <i32>(load<u32>(starts + (feature << 2), 4) - <u32>from) : rowCount;
      const count = collect_keys(source, length, starts ? rowOf + (from << 2) : 0, weights, keys, carried, table);
      sortKeys(keys, other, weights ? carried : 0, weights ? otherCarried : 0, count, table);
      const size = distinct_values(other, weights ? otherCarried : 0, count, keys);
      store<i32>(present + (feature << 2), count);
      store<i32>(sizes + (feature << 2), prune(other, keys, size, most, summaries + feature * <usize>most * 24));
    }
  }
}

/** How many of sixteen numbers are not greater than the value. */
@inline function notAbove(numbers: usize, value: v128): i32 {
  const low = i16x8.narrow_i32x4_s(f32x4.le(v128.load(numbers), value), f32x4.le(v128.load(numbers, 16), value));
  const high = i16x8.narrow_i32x4_s(f32x4.le(v128.load(numbers, 32), value), f32x4.le(v128.load(numbers, 48), value));
  return popcnt(i8x16.bitmask(i8x16.narrow_i16x8_s(low, high)));
}

/** So many rows, and the cuts of some features, stay at hand. */
const binRows = 128;
/** Of the table of cuts of a feature. */
const cutBytes: usize = 272 * 4;

/** The bins of a few rows. */
export function bin_tile(
  values: usize, valueStride: i32, features: i32, cuts: usize, counts: usize, bins: usize, stride: i32, columns: usize, rowCount: i32, first: i32, end: i32,
): void {
  for (let row = first; row < end; row++) memory.fill(bins + <usize>row * <usize>stride + <usize>features, 0, stride - features);
  for (let feature: usize = 0; feature < <usize>features; feature++) {
    const count = load<i32>(counts + (feature << 2)), last = max(count - 1, 0);
    const own = cuts + feature * cutBytes, column = columns + feature * <usize>rowCount;
    for (let row = <usize>first; row < <usize>end; row++) {
      const value = load<f32>(values + ((row * <usize>valueStride + feature) << 2)), four = f32x4.splat(value);
      const sixteens = min(notAbove(own, four), 15) << 4;
      const bin = sixteens + notAbove(own + 64 + (<usize>sixteens << 2), four);
      const kept = value == value ? min(bin, last) : count;
      store<u8>(bins + row * <usize>stride + feature, <u8>kept);
      store<u8>(column + row, <u8>kept);
    }
  }
}

/**
 * Parallel-for over rows: bins of dense rows, by row and by column. `cuts`: 272 numbers per feature, first every sixteenth cut, then all of them, at
 * most 256, ascending; infinity behind the last. `counts`: how many there are. A missing value has the bin after the last.
 */
export function bin_dense(
  values: usize, valueStride: i32, features: i32, cuts: usize, counts: usize, bins: usize, stride: i32, columns: usize, rowCount: i32,
  first: i32, end: i32, block: i32,
): void {
  for (let row = first; row < end; row += binRows)
    bin_tile(values, valueStride, features, cuts, counts, bins, stride, columns, rowCount, row, min(row + binRows, end));
}

/** The number of cuts that are not greater than the value: its bin. */
@inline function binOf(cuts: usize, count: i32, value: f32): i32 {
  let from = 0, length = count;
  while (length > 1) {
    const half = length >> 1;
    from += load<f32>(cuts + (<usize>(from + half - 1) << 2)) <= value ? half : 0;
    length -= half;
  }
  return from + <i32>(length == 1 && from < count - 1 && load<f32>(cuts + (<usize>from << 2)) <= value);
}

/** Parallel-for over rows: entries become numbers of bins among all features, in their places. */
export function bin_sparse(
  indices: usize, values: usize, starts: usize, cuts: usize, cutStarts: usize, entries: usize, first: i32, end: i32, block: i32,
): void {
  for (let at = load<u32>(starts + (<usize>first << 2)), last = load<u32>(starts + (<usize>end << 2)); at < last; at++) {
    const feature = <usize>load<u32>(indices + (<usize>at << 2));
    const from = load<u32>(cutStarts + (feature << 2));
    const count = <i32>(load<u32>(cutStarts + (feature << 2), 4) - from);
    store<u32>(entries + (<usize>at << 2), from + <u32>binOf(cuts + (<usize>from << 2), count, load<f32>(values + (<usize>at << 2))));
  }
}

/** Sparse rows by column: `cursors` holds where each feature's next entry goes. */
export function transpose(
  indices: usize, values: usize, starts: usize, rowCount: i32, cursors: usize, columnValues: usize, columnRows: usize,
): void {
  for (let row = 0; row < rowCount; row++) {
    for (let at = load<u32>(starts + (<usize>row << 2)), last = load<u32>(starts + (<usize>row << 2), 4); at < last; at++) {
      const cursor = cursors + (<usize>load<u32>(indices + (<usize>at << 2)) << 2);
      const place = <usize>load<u32>(cursor) << 2;
      store<u32>(cursor, load<u32>(cursor) + 1);
      store<f32>(columnValues + place, load<f32>(values + (<usize>at << 2)));
      store<u32>(columnRows + place, row);
    }
  }
}
