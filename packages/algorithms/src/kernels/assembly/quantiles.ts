// Quantile summaries of features, and the bins of their values. NaN means missing.

// Order-preserving bits of a float, and back.
@inline function keyOf(bits: u32): u32 { return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000); }
@inline function valueOf(key: u32): f32 { return reinterpret<f32>(key ^ ((<u32>(<i32>~key >> 31)) | 0x80000000)); }

/** Sorts `count` keys, with 32 bits beside each if `carry`, by three passes of eleven bits. The result is in `other`. `table`: 2048 × 4 bytes. */
function radixSort(keys: usize, other: usize, carried: usize, otherCarried: usize, count: i32, table: usize): void {
  let from = keys, to = other, fromCarried = carried, toCarried = otherCarried;
  for (let shift: u32 = 0; shift < 33; shift += 11) {
    memory.fill(table, 0, 8192);
    for (let i: usize = 0, last = <usize>count << 2; i < last; i += 4) {
      const place = table + (<usize>((load<u32>(from + i) >> shift) & 2047) << 2);
      store<u32>(place, load<u32>(place) + 1);
    }
    let sum: u32 = 0;
    for (let place = table; place < table + 8192; place += 4) {
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
      if (carried) store<u32>(toCarried + (at << 2), load<u32>(fromCarried + i));
    }
    const swap = from; from = to; to = swap;
    const swapCarried = fromCarried; fromCarried = toCarried; toCarried = swapCarried;
  }
}

/**
 * Makes distinct sorted values with the sum of weights up to each (f64) of sorted keys, in place: values over the keys. Returns their number.
 */
function distinct(keys: usize, weights: usize, count: i32, cumulated: usize): i32 {
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

/**
 * Parallel-for over features: the summary of each, at most `most` entries of 24 bytes at `summaries` + feature × `most` × 24; their number to
 * `sizes`, the number of values that are there to `present`. Dense (`starts` = 0): column `feature` of `values`, rows of `stride`. Sparse: from
 * `starts[feature]` to `starts[feature + 1]` of `values`, with their rows in `rowOf`. `weights` per row, or 0. `space`: per block, five times
 * `capacity` × 4 bytes and 8192 more.
 */
export function summarise(
  values: usize, stride: i32, rowCount: i32, starts: usize, rowOf: usize, weights: usize, most: i32, summaries: usize, sizes: usize, present: usize,
  space: usize, capacity: i32, first: i32, end: i32, block: i32,
): void {
  const part = <usize>capacity << 2;
  const own = space + <usize>block * (6 * part + 8192);
  const keys = own, other = own + part, carried = own + 2 * part, otherCarried = own + 3 * part, cumulated = own + 4 * part, table = own + 6 * part;
  for (let feature = first; feature < end; feature++) {
    let count = 0;
    const from = starts ? load<u32>(starts + (<usize>feature << 2)) : 0;
    const to = starts ? load<u32>(starts + (<usize>feature << 2), 4) : <u32>rowCount;
    for (let i = from; i < to; i++) {
      const at = starts ? values + (<usize>i << 2) : values + ((<usize>i * <usize>stride + <usize>feature) << 2);
      const value = load<f32>(at);
      if (value != value) continue;
      // -0 and 0 are one value.
      store<u32>(keys + (<usize>count << 2), keyOf(reinterpret<u32>(value + 0)));
      if (weights) {
        const row = starts ? load<u32>(rowOf + (<usize>i << 2)) : i;
        store<f32>(carried + (<usize>count << 2), load<f32>(weights + (<usize>row << 2)));
      }
      count++;
    }
    radixSort(keys, other, weights ? carried : 0, otherCarried, count, table);
    const size = distinct(other, weights ? otherCarried : 0, count, cumulated);
    store<i32>(present + (<usize>feature << 2), count);
    store<i32>(sizes + (<usize>feature << 2), prune(other, cumulated, size, most, summaries + <usize>feature * <usize>most * 24));
  }
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

/**
 * Parallel-for over rows: bins of dense rows, by row and by column. `cuts`: ascending, all features behind one another, `cutStarts` where each
 * begins. A missing value has the bin after the last.
 */
export function bin_dense(
  values: usize, valueStride: i32, features: i32, cuts: usize, cutStarts: usize, bins: usize, stride: i32, columns: usize, rowCount: i32,
  first: i32, end: i32, block: i32,
): void {
  for (let row = first; row < end; row++) {
    memory.fill(bins + <usize>row * <usize>stride + <usize>features, 0, stride - features);
  }
  for (let feature = 0; feature < features; feature++) {
    const from = load<u32>(cutStarts + (<usize>feature << 2));
    const own = cuts + (<usize>from << 2);
    const count = <i32>(load<u32>(cutStarts + (<usize>feature << 2), 4) - from);
    const column = columns + <usize>feature * <usize>rowCount;
    for (let row = first; row < end; row++) {
      const value = load<f32>(values + ((<usize>row * <usize>valueStride + <usize>feature) << 2));
      const bin = value != value || count == 0 ? count : binOf(own, count, value);
      store<u8>(bins + <usize>row * <usize>stride + <usize>feature, <u8>bin);
      store<u8>(column + <usize>row, <u8>bin);
    }
  }
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
