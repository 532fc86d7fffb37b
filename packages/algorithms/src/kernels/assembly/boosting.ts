// Trees by histograms. Gradients are whole numbers (32 bits, two per row), and their sums are exact in 64 bits: so a histogram does not depend on
// the order in which rows are added, nor on the number of threads or hosts. A bin of a histogram is a pair of 64-bit sums.
//
// Dense bins: one byte per cell, twice: by row (`bins`, rows of `stride` bytes) and by column (`columns`). Sparse bins (`columns` = 0): a row's
// entries are numbers of bins among all features, ascending, from `starts[row]` to `starts[row + 1]`.
import { evaluateCategories } from './boosting/categories';
import { gainOf, plainGain, weightOf } from './boosting/gain';

// The step of a node in one range of rows; see `TreeGrower`.
const stepBytes: usize = 48;
// A pair of nodes to evaluate: two nodes of `nodeBytes` behind `pairBytes`.
const pairBytes: usize = 16;
const nodeBytes: usize = 48;
const resultBytes: usize = 40;

/** Writes the greatest |g| and |h| of each block to `slots` (two numbers per block). */
export function greatest_gradients(gradients: usize, slots: usize, first: i32, end: i32, block: i32): void {
  let greatest = f32x4.splat(0);
  let row = first;
  for (; row + 2 <= end; row += 2)
    greatest = f32x4.max(greatest, f32x4.abs(v128.load(gradients + (<usize>row << 3))));
  let g = max(f32x4.extract_lane(greatest, 0), f32x4.extract_lane(greatest, 2));
  let h = max(f32x4.extract_lane(greatest, 1), f32x4.extract_lane(greatest, 3));
  if (row < end) {
    g = max(g, abs(load<f32>(gradients + (<usize>row << 3))));
    h = max(h, abs(load<f32>(gradients + (<usize>row << 3), 4)));
  }
  store<f64>(slots + (<usize>block << 4), g);
  store<f64>(slots + (<usize>block << 4), h, 8);
}

/** Rounds gradients to whole numbers in units of 1 / `scaleG` and 1 / `scaleH`, and writes each block's sums, in those units, to `slots`. */
export function quantise_gradients(
  gradients: usize, whole: usize, scaleG: f64, scaleH: f64, slots: usize, first: i32, end: i32, block: i32,
): void {
  const sg = <f32>scaleG, sh = <f32>scaleH;
  const scale = f32x4(sg, sh, sg, sh);
  let sum = i64x2.splat(0);
  let row = first;
  for (; row + 2 <= end; row += 2) {
    const at = <usize>row << 3;
    const value = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(gradients + at), scale)));
    v128.store(whole + at, value);
    sum = i64x2.add(sum, i64x2.add(i64x2.extend_low_i32x4_s(value), i64x2.extend_high_i32x4_s(value)));
  }
  let g = i64x2.extract_lane(sum, 0), h = i64x2.extract_lane(sum, 1);
  if (row < end) {
    const at = <usize>row << 3;
    const wholeG = <i32>nearest(load<f32>(gradients + at) * sg), wholeH = <i32>nearest(load<f32>(gradients + at, 4) * sh);
    store<i32>(whole + at, wholeG);
    store<i32>(whole + at, wholeH, 4);
    g += wholeG;
    h += wholeH;
  }
  store<f64>(slots + (<usize>block << 4), <f64>g);
  store<f64>(slots + (<usize>block << 4), <f64>h, 8);
}

@inline function addPair(bin: usize, pair: v128): void { v128.store(bin, i64x2.add(v128.load(bin), pair)); }

/** Adds the buffered rows feature by feature, four features at a time, so that their bins stay in the nearest cache. */
@inline function addBuffered(buffer: usize, pairs: usize, count: i32, stride: usize, features: i32, offsets: usize, histogram: usize): void {
  let feature = 0;
  for (; feature + 4 <= features; feature += 4) {
    const o = offsets + (<usize>feature << 2);
    const h0 = histogram + (<usize>load<u32>(o) << 4), h1 = histogram + (<usize>load<u32>(o, 4) << 4);
    const h2 = histogram + (<usize>load<u32>(o, 8) << 4), h3 = histogram + (<usize>load<u32>(o, 12) << 4);
    let p = buffer + feature, q = pairs;
    for (let i = 0; i < count; i++) {
      const bins = load<u32>(p);
      const pair = v128.load(q);
      addPair(h0 + ((bins & 255) << 4), pair);
      addPair(h1 + (((bins >> 8) & 255) << 4), pair);
      addPair(h2 + (((bins >> 16) & 255) << 4), pair);
      addPair(h3 + ((bins >> 24) << 4), pair);
      p += stride;
      q += 16;
    }
  }
  for (; feature < features; feature++) {
    const h = histogram + (<usize>load<u32>(offsets + (<usize>feature << 2)) << 4);
    let p = buffer + feature, q = pairs;
    for (let i = 0; i < count; i++) {
      addPair(h + (<usize>load<u8>(p) << 4), v128.load(q));
      p += stride;
      q += 16;
    }
  }
}

/** Rows are copied to a small buffer first, because they lie apart in memory. `buffer`: `bufferRows` × (`stride` + 16) bytes. */
@inline function addDenseRows(
  bins: usize, stride: usize, features: i32, offsets: usize, whole: usize, rows: usize, lo: u32, hi: u32, histogram: usize,
  buffer: usize, bufferRows: u32,
): void {
  const pairs = buffer + <usize>bufferRows * stride;
  for (let from = lo; from < hi; from += bufferRows) {
    const count = <i32>min(bufferRows, hi - from);
    let target = buffer;
    for (let i = 0; i < count; i++) {
      const row = <usize>load<u32>(rows + (<usize>(from + i) << 2));
      v128.store(pairs + (<usize>i << 4), v128.load32x2_s(whole + (row << 3)));
      const source = bins + row * stride;
      for (let o: usize = 0; o < stride; o += 16) v128.store(target + o, v128.load(source + o));
      target += stride;
    }
    addBuffered(buffer, pairs, count, stride, features, offsets, histogram);
  }
}

@inline function addSparseRows(entries: usize, starts: usize, whole: usize, rows: usize, lo: u32, hi: u32, histogram: usize): void {
  for (let at = rows + (<usize>lo << 2), last = rows + (<usize>hi << 2); at < last; at += 4) {
    const row = <usize>load<u32>(at);
    const pair = v128.load32x2_s(whole + (row << 3));
    let p = entries + (<usize>load<u32>(starts + (row << 2)) << 2);
    const end = entries + (<usize>load<u32>(starts + (row << 2), 4) << 2);
    for (; p + 8 <= end; p += 8) {
      addPair(histogram + (<usize>load<u32>(p) << 4), pair);
      addPair(histogram + (<usize>load<u32>(p, 4) << 4), pair);
    }
    if (p < end) addPair(histogram + (<usize>load<u32>(p) << 4), pair);
  }
}

/** Moves the rows that go left to the front, in their order, and returns where the others begin. */
@inline function partitionDense(column: usize, rows: usize, lo: u32, hi: u32, threshold: i32, missing: i32, scratch: usize): u32 {
  let left = rows + (<usize>lo << 2), right = scratch;
  const end = rows + (<usize>hi << 2);
  for (let at = left; at < end; at += 4) {
    const row = load<u32>(at);
    const bin = <i32>load<u8>(column + row);
    const goes = <usize>(<i32>(bin <= threshold) | <i32>(bin == missing)) << 2;
    store<u32>(left, row);
    store<u32>(right, row);
    left += goes;
    right += 4 - goes;
  }
  memory.copy(left, scratch, right - scratch);
  return <u32>((left - rows) >> 2);
}

@inline function goesRight(bits: usize, bin: u32): u32 { return (load<u32>(bits + (<usize>(bin >> 5) << 2)) >> (bin & 31)) & 1; }

/** As `partitionDense` by categories: a bit for each bin that goes right, that of missing values among them. */
function partitionCategories(column: usize, rows: usize, lo: u32, hi: u32, bits: usize, scratch: usize): u32 {
  let left = rows + (<usize>lo << 2), right = scratch;
  const end = rows + (<usize>hi << 2);
  for (let at = left; at < end; at += 4) {
    const row = load<u32>(at);
    const goes = <usize>goesRight(bits, <u32>load<u8>(column + row)) << 2;
    store<u32>(left, row);
    store<u32>(right, row);
    left += 4 - goes;
    right += goes;
  }
  memory.copy(left, scratch, right - scratch);
  return <u32>((left - rows) >> 2);
}

@inline function partitionSparse(
  entries: usize, starts: usize, rows: usize, lo: u32, hi: u32, begin: u32, finish: u32, threshold: i32, missingLeft: i32, bits: usize, scratch: usize,
): u32 {
  let left = rows + (<usize>lo << 2), right = scratch;
  const end = rows + (<usize>hi << 2);
  const bound = <u32>(<i32>begin + threshold);
  for (let at = left; at < end; at += 4) {
    const row = load<u32>(at);
    let from = load<u32>(starts + (<usize>row << 2)), to = load<u32>(starts + (<usize>row << 2), 4);
    const last = to;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (load<u32>(entries + (<usize>middle << 2)) < begin) from = middle + 1;
      else to = middle;
    }
    let goes = <usize>missingLeft;
    if (from < last) {
      const bin = load<u32>(entries + (<usize>from << 2));
      if (bin < finish) goes = bits ? <usize>(goesRight(bits, bin - begin) ^ 1) : <usize>(threshold >= 0 && bin <= bound);
    }
    store<u32>(left, row);
    store<u32>(right, row);
    left += goes << 2;
    right += 4 - (goes << 2);
  }
  memory.copy(left, scratch, right - scratch);
  return <u32>((left - rows) >> 2);
}

/**
 * Parallel-for over ranges of rows (`first` … `end` are ranges): each step splits the rows of a node in the range, and adds up the histogram of one
 * side. `steps`: per range `count` steps of: feature (-1: not split), threshold, lo, hi, side (0 none, 1 left, 2 right, 3 all), missing (bin, or
 * whether missing goes left for sparse rows), histogram, middle (written), first bin and end of the feature's bins, and bits of the categories that go
 * right (0: the threshold says).
 */
export function take_steps(
  bins: usize, stride: i32, features: i32, columns: usize, starts: usize, rowCount: i32, offsets: usize, totalBins: i32, whole: usize, rows: usize,
  scratch: usize, buffers: usize, bufferRows: i32, steps: usize, count: i32, first: i32, end: i32, block: i32,
): void {
  const bufferBytes = <usize>bufferRows * (<usize>stride + 16);
  for (let range = first; range < end; range++) {
    for (let i = 0; i < count; i++) {
      const step = steps + (<usize>range * <usize>count + <usize>i) * stepBytes;
      const feature = load<i32>(step), threshold = load<i32>(step, 4), lo = load<u32>(step, 8), hi = load<u32>(step, 12);
      const side = load<i32>(step, 16), missing = load<i32>(step, 20), histogram = <usize>load<u32>(step, 24);
      let middle = lo;
      if (feature >= 0) {
        const space = scratch + (<usize>lo << 2);
        const bits = <usize>load<u32>(step, 40), column = columns + <usize>feature * <usize>rowCount;
        if (!columns) middle = partitionSparse(bins, starts, rows, lo, hi, load<u32>(step, 32), load<u32>(step, 36), threshold, missing, bits, space);
        else middle = bits ? partitionCategories(column, rows, lo, hi, bits, space) : partitionDense(column, rows, lo, hi, threshold, missing, space);
        store<u32>(step, middle, 28);
      }
      if (side == 0) continue;
      memory.fill(histogram, 0, <usize>totalBins << 4);
      const from = side == 2 ? middle : lo, to = side == 1 ? middle : hi;
      if (columns) addDenseRows(bins, <usize>stride, features, offsets, whole, rows, from, to, histogram, buffers + <usize>range * bufferBytes, bufferRows);
      else addSparseRows(bins, starts, whole, rows, from, to, histogram);
    }
  }
}

/** Parallel-for over bins: adds `parts` histograms, `partBytes` apart from each other, to the first one. */
export function add_histograms(histogram: usize, part: usize, partBytes: usize, parts: i32, first: i32, end: i32, block: i32): void {
  for (let p = 0; p < parts; p++) {
    const source = part + <usize>p * partBytes;
    for (let o = <usize>first << 4, last = <usize>end << 4; o < last; o += 16) addPair(histogram + o, v128.load(source + o));
  }
}

/** Pairs of whole numbers as pairs of doubles, for other hosts. */
export function histogram_to_doubles(histogram: usize, doubles: usize, bins: i32): void {
  for (let i: usize = 0, last = <usize>bins << 4; i < last; i += 8) store<f64>(doubles + i, <f64>load<i64>(histogram + i));
}

export function histogram_from_doubles(doubles: usize, histogram: usize, bins: i32): void {
  for (let i: usize = 0, last = <usize>bins << 4; i < last; i += 8) store<i64>(histogram + i, <i64>load<f64>(doubles + i));
}

/**
 * Scans features of one node both ways and writes the best split: gain, feature, bin, missing left, then sums of the left side. `bits`: which categories
 * of it go right; `keys`: space to sort them.
 */
function evaluateNode(
  histogram: usize, node: usize, offsets: usize, counts: usize, monotone: usize, from: i32, to: i32, parameters: usize, result: usize,
  bits: usize, keys: usize,
): void {
  const lambda = load<f64>(parameters), alpha = load<f64>(parameters, 8), minimum = load<f64>(parameters, 16), step = load<f64>(parameters, 24);
  const unitG = load<f64>(parameters, 32), unitH = load<f64>(parameters, 40);
  const G = load<f64>(node), H = load<f64>(node, 8), rootGain = load<f32>(node, 16), lower = <f64>load<f32>(node, 20), upper = <f64>load<f32>(node, 24);
  const mask = <usize>load<u32>(node, 28);
  const sparse = load<f64>(parameters, 48) != 0;
  const kinds = <usize>load<f64>(parameters, 56), mostCategories = <i32>load<f64>(parameters, 64);
  const plain = monotone == 0 && step == 0;
  let best: f32 = 0, bestFeature = -1, bestBin = 0, bestMissingLeft = 0, bestG: f64 = 0, bestH: f64 = 0;
  for (let feature = from; feature < to; feature++) {
    if (mask && !load<u8>(mask + feature)) continue;
    const bins = histogram + (<usize>load<u32>(offsets + (<usize>feature << 2)) << 4);
    const count = load<i32>(counts + (<usize>feature << 2));
    const direction = monotone ? load<i32>(monotone + (<usize>feature << 2)) : 0;
    const kind = kinds ? load<i32>(kinds + (<usize>feature << 2)) : 0;
    if (kind) {
      const gain = evaluateCategories(bins, count, kind == 1, mostCategories, node, parameters, !plain, direction, best, result, bits, keys);
      if (gain > best) {
        best = gain;
        bestFeature = feature;
        bestBin = 0;
        bestMissingLeft = load<i32>(result, 16);
        bestG = load<f64>(result, 24);
        bestH = load<f64>(result, 32);
      }
      continue;
    }
    let sum = i64x2.splat(0);
    for (let bin = 0; bin < count; bin++) {
      const pair = v128.load(bins + (<usize>bin << 4));
      if (!v128.any_true(pair)) continue;
      sum = i64x2.add(sum, pair);
      const gl = <f64>i64x2.extract_lane(sum, 0) * unitG, hl = <f64>i64x2.extract_lane(sum, 1) * unitH;
      if (hl < minimum || hl <= 0) continue;
      const gr = G - gl, hr = H - hl;
      if (hr < minimum || hr <= 0) break;
      let gain: f32;
      if (plain) gain = plainGain(gl, hl, gr, hr, lambda, alpha);
      else {
        const wl = weightOf(gl, hl, lambda, alpha, step, minimum, lower, upper), wr = weightOf(gr, hr, lambda, alpha, step, minimum, lower, upper);
        if ((direction > 0 && wl > wr) || (direction < 0 && wl < wr)) continue;
        gain = gainOf(gl, hl, wl, lambda) + gainOf(gr, hr, wr, lambda);
      }
      gain -= rootGain;
      if (gain > best) { best = gain; bestFeature = feature; bestBin = bin; bestMissingLeft = 0; bestG = gl; bestH = hl; }
    }
    // Where values are missing, a second scan sends those left. Dense rows have a bin for them; of sparse ones the sums tell.
    if (sparse) {
      let all = i64x2.splat(0);
      for (let bin = 0; bin < count; bin++) all = i64x2.add(all, v128.load(bins + (<usize>bin << 4)));
      if (<f64>i64x2.extract_lane(all, 0) * unitG == G && <f64>i64x2.extract_lane(all, 1) * unitH == H) continue;
    } else if (load<i32>(offsets + (<usize>feature << 2), 4) - load<i32>(offsets + (<usize>feature << 2)) == count
      || !v128.any_true(v128.load(bins + (<usize>count << 4)))) continue;
    sum = i64x2.splat(0);
    for (let bin = count - 1; bin >= 0; bin--) {
      const pair = v128.load(bins + (<usize>bin << 4));
      if (!v128.any_true(pair)) continue;
      sum = i64x2.add(sum, pair);
      const gr = <f64>i64x2.extract_lane(sum, 0) * unitG, hr = <f64>i64x2.extract_lane(sum, 1) * unitH;
      if (hr < minimum || hr <= 0) continue;
      const gl = G - gr, hl = H - hr;
      if (hl < minimum || hl <= 0) break;
      let gain: f32;
      if (plain) gain = plainGain(gl, hl, gr, hr, lambda, alpha);
      else {
        const wl = weightOf(gl, hl, lambda, alpha, step, minimum, lower, upper), wr = weightOf(gr, hr, lambda, alpha, step, minimum, lower, upper);
        if ((direction > 0 && wl > wr) || (direction < 0 && wl < wr)) continue;
        gain = gainOf(gl, hl, wl, lambda) + gainOf(gr, hr, wr, lambda);
      }
      gain -= rootGain;
      if (gain > best) { best = gain; bestFeature = feature; bestBin = bin - 1; bestMissingLeft = 1; bestG = gl; bestH = hl; }
    }
  }
  store<f64>(result, best);
  store<i32>(result, bestFeature, 8);
  store<i32>(result, bestBin, 12);
  store<i32>(result, bestMissingLeft, 16);
  store<f64>(result, bestG, 24);
  store<f64>(result, bestH, 32);
}

/**
 * Parallel-for over (pair of sibling nodes, chunk of features): adds the histograms of the other ranges to the first node's, makes the second's from
 * the parent's by subtraction (in its place), and finds the best split of both. A pair: histogram, the second's or 0, pointer to the parts of the
 * other ranges, unused; then two nodes: G, H, gain, lower and upper bound of weights, mask of features or 0. Results: per (pair, chunk) two.
 * Parameters: those of `gain.ts`, whether rows are sparse, a kind for each feature (0: numbers, 1: categories one by one, 2: sets of them) or 0, and
 * `most` of `evaluateCategories`. `space`: per (pair, chunk) twice `bitBytes`, then the space to sort categories, `spaceBytes` in all.
 */
export function evaluate_pairs(
  pairs: usize, chunks: i32, chunk: i32, features: i32, offsets: usize, counts: usize, monotone: usize, partBytes: usize, parts: i32,
  parameters: usize, results: usize, space: usize, bitBytes: usize, spaceBytes: usize, first: i32, end: i32, block: i32,
): void {
  for (let item = first; item < end; item++) {
    const pair = pairs + <usize>(item / chunks) * (pairBytes + 2 * nodeBytes);
    const from = (item % chunks) * chunk, to = min(from + chunk, features);
    const small = <usize>load<u32>(pair), large = <usize>load<u32>(pair, 4), part = <usize>load<u32>(pair, 8);
    const begin = load<u32>(offsets + (<usize>from << 2)), finish = load<u32>(offsets + (<usize>to << 2));
    add_histograms(small, part, partBytes, parts, begin, finish, 0);
    if (large) {
      for (let o = <usize>begin << 4, last = <usize>finish << 4; o < last; o += 16)
        v128.store(large + o, i64x2.sub(v128.load(large + o), v128.load(small + o)));
    }
    const result = results + <usize>item * 2 * resultBytes;
    const bits = space + <usize>item * spaceBytes, keys = bits + 2 * bitBytes;
    evaluateNode(small, pair + pairBytes, offsets, counts, monotone, from, to, parameters, result, bits, keys);
    if (large) {
      const own = result + resultBytes;
      evaluateNode(large, pair + pairBytes + nodeBytes, offsets, counts, monotone, from, to, parameters, own, bits + bitBytes, keys);
    }
  }
}

/** Parallel-for over ranges: adds each leaf's value to the margins of its rows. `leaves`: per range `count` of lo, hi, value. */
export function add_leaves(
  rows: usize, margins: usize, groups: i32, group: i32, leaves: usize, count: i32, first: i32, end: i32, block: i32,
): void {
  for (let range = first; range < end; range++) {
    for (let i = 0; i < count; i++) {
      const leaf = leaves + (<usize>range * <usize>count + <usize>i) * 12;
      const value = load<f32>(leaf, 8);
      for (let at = rows + (<usize>load<u32>(leaf) << 2), last = rows + (<usize>load<u32>(leaf, 4) << 2); at < last; at += 4) {
        const margin = margins + ((<usize>load<u32>(at) * <usize>groups + <usize>group) << 2);
        store<f32>(margin, load<f32>(margin) + value);
      }
    }
  }
}
