// Distances to centres and sums per centre. Rows and centres are padded with zeros to a multiple of four numbers.
// Packed centres: panels of eight, [panel][dimension][8]; their squared norms beside them, +Infinity for the places that pad the last panel.
import { multiplyAdd, horizontalSum } from './simd/arithmetic';

/** Packs `count` centres of `dimensions` numbers (rows of `stride`) into panels and writes the squared norms. */
export function pack_centers(centers: usize, count: i32, dimensions: i32, stride: i32, packed: usize, norms: usize): void {
  const places = (count + 7) & ~7;
  for (let j = 0; j < places; j++) {
    const target = packed + ((<usize>(j >> 3) * <usize>dimensions * 8 + <usize>(j & 7)) << 2);
    const source = centers + (<usize>j * <usize>stride << 2);
    let norm: f32 = 0;
    for (let i = 0; i < dimensions; i++) {
      const value: f32 = j < count ? load<f32>(source + (<usize>i << 2)) : 0;
      norm += value * value;
      store<f32>(target + (<usize>i << 5), value);
    }
    store<f32>(norms + (<usize>j << 2), j < count ? norm : Infinity);
  }
}

/** Squared distance of a row to a centre, by differences: exact where the expanded form cancels. */
@inline function squaredDistance(x: usize, c: usize, rowBytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const difference = f32x4.sub(v128.load(x + o), v128.load(c + o));
    sum = multiplyAdd(difference, difference, sum);
  }
  return horizontalSum(sum);
}

/** The nearest of four running lanes; ties go to the lower index. */
@inline function nearestLane(best: v128, index: v128): i32 {
  let value = f32x4.extract_lane(best, 0), lane = i32x4.extract_lane(index, 0);
  let v = f32x4.extract_lane(best, 1), i = i32x4.extract_lane(index, 1);
  if (v < value || (v == value && i < lane)) { value = v; lane = i; }
  v = f32x4.extract_lane(best, 2); i = i32x4.extract_lane(index, 2);
  if (v < value || (v == value && i < lane)) { value = v; lane = i; }
  v = f32x4.extract_lane(best, 3); i = i32x4.extract_lane(index, 3);
  if (v < value || (v == value && i < lane)) { lane = i; }
  return lane;
}

/** Writes the label, adds the row to its centre's sum and weight, and returns the weighted squared distance. */
@inline function settle(
  x: usize, row: i32, label: i32, centers: usize, rowBytes: usize, weights: usize, labels: usize, sums: usize, totals: usize,
): f64 {
  store<i32>(labels + (<usize>row << 2), label);
  const weight: f32 = weights ? load<f32>(weights + (<usize>row << 2)) : 1;
  const distance = <f64>weight * <f64>squaredDistance(x, centers + <usize>label * rowBytes, rowBytes);
  if (sums) {
    const total = totals + (<usize>label << 2);
    store<f32>(total, load<f32>(total) + weight);
    const sum = sums + <usize>label * rowBytes;
    if (weights) {
      const w = f32x4.splat(weight);
      for (let o: usize = 0; o < rowBytes; o += 16) v128.store(sum + o, multiplyAdd(w, v128.load(x + o), v128.load(sum + o)));
    } else {
      for (let o: usize = 0; o < rowBytes; o += 16) v128.store(sum + o, f32x4.add(v128.load(sum + o), v128.load(x + o)));
    }
  }
  return distance;
}

/**
 * Parallel-for over rows: finds the nearest centre of each, and adds the row to its block's own sums (`slots`: per block `count` × `stride`
 * sums, then `count` weights; 0 for none), which are cleared first. `weights` may be 0. Returns the block's sum of weighted squared distances.
 */
export function assign(
  rows: usize, dimensions: i32, stride: i32, centers: usize, packed: usize, norms: usize, count: i32, weights: usize, labels: usize, slots: usize,
  first: i32, end: i32, block: i32,
): f64 {
  const rowBytes = <usize>stride << 2;
  const usedBytes = <usize>dimensions << 2;
  const sumBytes = <usize>count * rowBytes;
  const slotBytes = sumBytes + (<usize>((count + 3) & ~3) << 2);
  const sums: usize = slots ? slots + <usize>block * slotBytes : 0;
  const totals = sums + sumBytes;
  if (sums) memory.fill(sums, 0, slotBytes);
  const minusTwo = f32x4.splat(-2);
  const eight = i32x4.splat(8);
  let inertia: f64 = 0;

  for (let i = first; i < end; i += 4) {
    const left = end - i;
    const x0 = rows + <usize>i * rowBytes;
    // The last rows of a block are computed in the place of the missing ones, whose results are not used.
    const x1 = left > 1 ? x0 + rowBytes : x0;
    const x2 = left > 2 ? x1 + rowBytes : x0;
    const x3 = left > 3 ? x2 + rowBytes : x0;
    let b0 = f32x4.splat(Infinity), b1 = b0, b2 = b0, b3 = b0;
    let i0 = i32x4.splat(0), i1 = i0, i2 = i0, i3 = i0;
    let low = i32x4(0, 1, 2, 3), high = i32x4(4, 5, 6, 7);
    let panel = packed;
    for (let j = 0; j < count; j += 8) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
      for (let o: usize = 0; o < usedBytes; o += 4, panel += 32) {
        const p = v128.load(panel), q = v128.load(panel, 16);
        let s = v128.load32_splat(x0 + o); a0 = multiplyAdd(s, p, a0); c0 = multiplyAdd(s, q, c0);
        s = v128.load32_splat(x1 + o); a1 = multiplyAdd(s, p, a1); c1 = multiplyAdd(s, q, c1);
        s = v128.load32_splat(x2 + o); a2 = multiplyAdd(s, p, a2); c2 = multiplyAdd(s, q, c2);
        s = v128.load32_splat(x3 + o); a3 = multiplyAdd(s, p, a3); c3 = multiplyAdd(s, q, c3);
      }
      const n0 = v128.load(norms + (<usize>j << 2)), n1 = v128.load(norms + (<usize>j << 2), 16);
      a0 = multiplyAdd(a0, minusTwo, n0); a1 = multiplyAdd(a1, minusTwo, n0); a2 = multiplyAdd(a2, minusTwo, n0); a3 = multiplyAdd(a3, minusTwo, n0);
      c0 = multiplyAdd(c0, minusTwo, n1); c1 = multiplyAdd(c1, minusTwo, n1); c2 = multiplyAdd(c2, minusTwo, n1); c3 = multiplyAdd(c3, minusTwo, n1);
      let t = f32x4.lt(a0, b0); b0 = v128.bitselect(a0, b0, t); i0 = v128.bitselect(low, i0, t);
      t = f32x4.lt(c0, b0); b0 = v128.bitselect(c0, b0, t); i0 = v128.bitselect(high, i0, t);
      t = f32x4.lt(a1, b1); b1 = v128.bitselect(a1, b1, t); i1 = v128.bitselect(low, i1, t);
      t = f32x4.lt(c1, b1); b1 = v128.bitselect(c1, b1, t); i1 = v128.bitselect(high, i1, t);
      t = f32x4.lt(a2, b2); b2 = v128.bitselect(a2, b2, t); i2 = v128.bitselect(low, i2, t);
      t = f32x4.lt(c2, b2); b2 = v128.bitselect(c2, b2, t); i2 = v128.bitselect(high, i2, t);
      t = f32x4.lt(a3, b3); b3 = v128.bitselect(a3, b3, t); i3 = v128.bitselect(low, i3, t);
      t = f32x4.lt(c3, b3); b3 = v128.bitselect(c3, b3, t); i3 = v128.bitselect(high, i3, t);
      low = i32x4.add(low, eight); high = i32x4.add(high, eight);
    }
    inertia += settle(x0, i, nearestLane(b0, i0), centers, rowBytes, weights, labels, sums, totals);
    if (left > 1) inertia += settle(x1, i + 1, nearestLane(b1, i1), centers, rowBytes, weights, labels, sums, totals);
    if (left > 2) inertia += settle(x2, i + 2, nearestLane(b2, i2), centers, rowBytes, weights, labels, sums, totals);
    if (left > 3) inertia += settle(x3, i + 3, nearestLane(b3, i3), centers, rowBytes, weights, labels, sums, totals);
  }
  return inertia;
}

/** Adds the slots of `blocks` blocks, in their order, to `sums` (f64, `count` × `stride`) and `totals` (f64, `count`). */
export function collect_slots(slots: usize, blocks: i32, count: i32, stride: i32, sums: usize, totals: usize): void {
  const numbers = <usize>count * <usize>stride;
  const slotBytes = (numbers << 2) + (<usize>((count + 3) & ~3) << 2);
  for (let b = 0; b < blocks; b++) {
    const slot = slots + <usize>b * slotBytes;
    for (let i: usize = 0; i < numbers; i += 4) {
      const v = v128.load(slot + (i << 2));
      const s = sums + (i << 3);
      v128.store(s, f64x2.add(v128.load(s), f64x2.promote_low_f32x4(v)));
      v128.store(s, f64x2.add(v128.load(s, 16), f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15))), 16);
    }
    const weights = slot + (numbers << 2);
    for (let j: usize = 0; j < <usize>count; j++) {
      const t = totals + (j << 3);
      store<f64>(t, load<f64>(t) + <f64>load<f32>(weights + (j << 2)));
    }
  }
}

/** Parallel-for over rows: lowers each row's squared distance to the nearest chosen centre by a new centre. Returns the block's weighted sum. */
export function lower_distances(rows: usize, stride: i32, center: usize, weights: usize, distances: usize, first: i32, end: i32, block: i32): f64 {
  const rowBytes = <usize>stride << 2;
  let sum: f64 = 0;
  for (let i = first; i < end; i++) {
    const at = distances + (<usize>i << 2);
    const distance = min<f32>(load<f32>(at), squaredDistance(rows + <usize>i * rowBytes, center, rowBytes));
    store<f32>(at, distance);
    sum += <f64>distance * (weights ? <f64>load<f32>(weights + (<usize>i << 2)) : 1);
  }
  return sum;
}

/** Parallel-for over rows: subtracts `origin` from each. */
export function subtract_origin(rows: usize, stride: i32, origin: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>stride << 2;
  for (let x = rows + <usize>first * rowBytes, last = rows + <usize>end * rowBytes; x < last; x += rowBytes) {
    for (let o: usize = 0; o < rowBytes; o += 16) v128.store(x + o, f32x4.sub(v128.load(x + o), v128.load(origin + o)));
  }
}

/** Parallel-for over rows: what {@link lower_distances} would return, without lowering anything. */
export function potential(rows: usize, stride: i32, center: usize, weights: usize, distances: usize, first: i32, end: i32, block: i32): f64 {
  const rowBytes = <usize>stride << 2;
  let sum: f64 = 0;
  for (let i = first; i < end; i++) {
    const distance = min<f32>(load<f32>(distances + (<usize>i << 2)), squaredDistance(rows + <usize>i * rowBytes, center, rowBytes));
    sum += <f64>distance * (weights ? <f64>load<f32>(weights + (<usize>i << 2)) : 1);
  }
  return sum;
}

/** Parallel-for over rows: the block's sum of squared distances to the centers that the rows are labelled with. */
export function labelled_loss(rows: usize, stride: i32, centers: usize, labels: usize, first: i32, end: i32, block: i32): f64 {
  const rowBytes = <usize>stride << 2;
  let sum: f64 = 0;
  for (let i = first; i < end; i++) {
    const label = load<i32>(labels + (<usize>i << 2));
    sum += <f64>squaredDistance(rows + <usize>i * rowBytes, centers + <usize>label * rowBytes, rowBytes);
  }
  return sum;
}

// ---- Assignment that skips what cannot have changed (Hamerly 2010): a row whose own center is nearer than any other can be ----

/**
 * Parallel-for over rows. `upper`: at least the distance to the row's center; `lower`: at most the distance to any other; both from the last
 * call. `moved`: how far each center has moved since; `gaps`: half its distance to the next center (0 when unknown). `farthest` is the center
 * that moved most, by `most`; the others by at most `second`. `slack`: what a squared distance may be wrong by, as a part of the squared norms. A label of -1 is a row not seen yet. The block's slot (cleared first) takes the
 * rows that came to a center and loses those that left it. Returns how many rows changed their label.
 */
export function assign_bounded(
  rows: usize, dimensions: i32, stride: i32, centers: usize, packed: usize, norms: usize, count: i32, labels: usize, slots: usize,
  upper: usize, lower: usize, moved: usize, gaps: usize, farthest: i32, most: f32, second: f32, greatestNorm: f32, slack: f32,
  first: i32, end: i32, block: i32,
): f64 {
  const rowBytes = <usize>stride << 2;
  const sumBytes = <usize>count * rowBytes;
  const slotBytes = sumBytes + (<usize>((count + 3) & ~3) << 2);
  const sums = slots + <usize>block * slotBytes;
  memory.fill(sums, 0, slotBytes);
  let changed = 0;
  let pending = 0;
  let r0 = 0, r1 = 0, r2 = 0;
  for (let i = first; i < end; i++) {
    const at = <usize>i << 2;
    const label = load<i32>(labels + at);
    if (label >= 0) {
      // The factors keep the bounds true in spite of rounding.
      let u: f32 = (load<f32>(upper + at) + load<f32>(moved + (<usize>label << 2))) * 1.000001;
      const l: f32 = (load<f32>(lower + at) - (label == farthest ? second : most)) * 0.999999 - 1e-30;
      const bound = max<f32>(l, load<f32>(gaps + (<usize>label << 2)));
      store<f32>(lower + at, l);
      if (u >= bound) u = sqrt<f32>(squaredDistance(rows + <usize>i * rowBytes, centers + <usize>label * rowBytes, rowBytes)) * 1.000001;
      store<f32>(upper + at, u);
      if (u < bound) continue;
    }
    if (pending == 0) r0 = i;
    else if (pending == 1) r1 = i;
    else if (pending == 2) r2 = i;
    else changed += scanFour(r0, r1, r2, i, 4, rows, dimensions, rowBytes, centers, packed, norms, count, labels, sums, sumBytes, upper, lower, greatestNorm, slack);
    pending = (pending + 1) & 3;
  }
  if (pending > 0) {
    changed += scanFour(r0, pending > 1 ? r1 : r0, pending > 2 ? r2 : r0, r0, pending, rows, dimensions, rowBytes, centers, packed, norms, count, labels, sums, sumBytes, upper, lower, greatestNorm, slack);
  }
  return <f64>changed;
}

/** Compares four rows with all centers; only the first `used` of them count. */
function scanFour(
  r0: i32, r1: i32, r2: i32, r3: i32, used: i32, rows: usize, dimensions: i32, rowBytes: usize, centers: usize, packed: usize, norms: usize, count: i32,
  labels: usize, sums: usize, sumBytes: usize, upper: usize, lower: usize, greatestNorm: f32, slack: f32,
): i32 {
  const usedBytes = <usize>dimensions << 2;
  const x0 = rows + <usize>r0 * rowBytes, x1 = rows + <usize>r1 * rowBytes, x2 = rows + <usize>r2 * rowBytes, x3 = rows + <usize>r3 * rowBytes;
  const minusTwo = f32x4.splat(-2);
  const eight = i32x4.splat(8);
  let b0 = f32x4.splat(Infinity), b1 = b0, b2 = b0, b3 = b0, s0 = b0, s1 = b0, s2 = b0, s3 = b0;
  let i0 = i32x4.splat(0), i1 = i0, i2 = i0, i3 = i0;
  let low = i32x4(0, 1, 2, 3), high = i32x4(4, 5, 6, 7);
  let panel = packed;
  for (let j = 0; j < count; j += 8) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
    for (let o: usize = 0; o < usedBytes; o += 4, panel += 32) {
      const p = v128.load(panel), q = v128.load(panel, 16);
      let s = v128.load32_splat(x0 + o); a0 = multiplyAdd(s, p, a0); c0 = multiplyAdd(s, q, c0);
      s = v128.load32_splat(x1 + o); a1 = multiplyAdd(s, p, a1); c1 = multiplyAdd(s, q, c1);
      s = v128.load32_splat(x2 + o); a2 = multiplyAdd(s, p, a2); c2 = multiplyAdd(s, q, c2);
      s = v128.load32_splat(x3 + o); a3 = multiplyAdd(s, p, a3); c3 = multiplyAdd(s, q, c3);
    }
    const n0 = v128.load(norms + (<usize>j << 2)), n1 = v128.load(norms + (<usize>j << 2), 16);
    a0 = multiplyAdd(a0, minusTwo, n0); a1 = multiplyAdd(a1, minusTwo, n0); a2 = multiplyAdd(a2, minusTwo, n0); a3 = multiplyAdd(a3, minusTwo, n0);
    c0 = multiplyAdd(c0, minusTwo, n1); c1 = multiplyAdd(c1, minusTwo, n1); c2 = multiplyAdd(c2, minusTwo, n1); c3 = multiplyAdd(c3, minusTwo, n1);
    // The second best so far: the better of itself and the loser between the best and the new one.
    s0 = f32x4.pmin(s0, f32x4.pmax(b0, a0)); let t = f32x4.lt(a0, b0); b0 = f32x4.pmin(b0, a0); i0 = v128.bitselect(low, i0, t);
    s0 = f32x4.pmin(s0, f32x4.pmax(b0, c0)); t = f32x4.lt(c0, b0); b0 = f32x4.pmin(b0, c0); i0 = v128.bitselect(high, i0, t);
    s1 = f32x4.pmin(s1, f32x4.pmax(b1, a1)); t = f32x4.lt(a1, b1); b1 = f32x4.pmin(b1, a1); i1 = v128.bitselect(low, i1, t);
    s1 = f32x4.pmin(s1, f32x4.pmax(b1, c1)); t = f32x4.lt(c1, b1); b1 = f32x4.pmin(b1, c1); i1 = v128.bitselect(high, i1, t);
    s2 = f32x4.pmin(s2, f32x4.pmax(b2, a2)); t = f32x4.lt(a2, b2); b2 = f32x4.pmin(b2, a2); i2 = v128.bitselect(low, i2, t);
    s2 = f32x4.pmin(s2, f32x4.pmax(b2, c2)); t = f32x4.lt(c2, b2); b2 = f32x4.pmin(b2, c2); i2 = v128.bitselect(high, i2, t);
    s3 = f32x4.pmin(s3, f32x4.pmax(b3, a3)); t = f32x4.lt(a3, b3); b3 = f32x4.pmin(b3, a3); i3 = v128.bitselect(low, i3, t);
    s3 = f32x4.pmin(s3, f32x4.pmax(b3, c3)); t = f32x4.lt(c3, b3); b3 = f32x4.pmin(b3, c3); i3 = v128.bitselect(high, i3, t);
    low = i32x4.add(low, eight); high = i32x4.add(high, eight);
  }
  let changed = settleBounded(x0, r0, nearestLane(b0, i0), b0, s0, centers, rowBytes, labels, sums, sumBytes, upper, lower, greatestNorm, slack);
  if (used > 1) changed += settleBounded(x1, r1, nearestLane(b1, i1), b1, s1, centers, rowBytes, labels, sums, sumBytes, upper, lower, greatestNorm, slack);
  if (used > 2) changed += settleBounded(x2, r2, nearestLane(b2, i2), b2, s2, centers, rowBytes, labels, sums, sumBytes, upper, lower, greatestNorm, slack);
  if (used > 3) changed += settleBounded(x3, r3, nearestLane(b3, i3), b3, s3, centers, rowBytes, labels, sums, sumBytes, upper, lower, greatestNorm, slack);
  return changed;
}

/** Writes label and bounds of a row, and moves the row between the sums when its label has changed. */
function settleBounded(
  x: usize, row: i32, label: i32, best: v128, second: v128, centers: usize, rowBytes: usize, labels: usize, sums: usize, sumBytes: usize,
  upper: usize, lower: usize, greatestNorm: f32, slack: f32,
): i32 {
  const at = <usize>row << 2;
  const norm = squaredNorm(x, rowBytes);
  store<f32>(upper + at, sqrt<f32>(squaredDistance(x, centers + <usize>label * rowBytes, rowBytes)) * 1.000001);
  // Less what the expanded form of the distance may be wrong by.
  store<f32>(lower + at, sqrt<f32>(max<f32>(0, secondBest(best, second) + norm - slack * (norm + greatestNorm))));
  const before = load<i32>(labels + at);
  if (before == label) return 0;
  store<i32>(labels + at, label);
  const to = sums + <usize>label * rowBytes;
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(to + o, f32x4.add(v128.load(to + o), v128.load(x + o)));
  const total = sums + sumBytes + (<usize>label << 2);
  store<f32>(total, load<f32>(total) + 1);
  if (before < 0) return 1;
  const from = sums + <usize>before * rowBytes;
  for (let o: usize = 0; o < rowBytes; o += 16) v128.store(from + o, f32x4.sub(v128.load(from + o), v128.load(x + o)));
  const left = sums + sumBytes + (<usize>before << 2);
  store<f32>(left, load<f32>(left) - 1);
  return 1;
}

@inline function squaredNorm(x: usize, rowBytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const v = v128.load(x + o);
    sum = multiplyAdd(v, v, sum);
  }
  return horizontalSum(sum);
}

/** The second least of the numbers that four lanes have seen, of which each knows its least two. */
@inline function secondBest(best: v128, second: v128): f32 {
  const b0 = f32x4.extract_lane(best, 0), b1 = f32x4.extract_lane(best, 1), b2 = f32x4.extract_lane(best, 2), b3 = f32x4.extract_lane(best, 3);
  const others = min<f32>(min<f32>(max<f32>(b0, b1), max<f32>(b2, b3)), max<f32>(min<f32>(b0, b1), min<f32>(b2, b3)));
  const seconds = min<f32>(
    min<f32>(f32x4.extract_lane(second, 0), f32x4.extract_lane(second, 1)),
    min<f32>(f32x4.extract_lane(second, 2), f32x4.extract_lane(second, 3)),
  );
  return min<f32>(others, seconds);
}
