// Rankings, query by query: the gradients of LambdaMART (Burges 2010) as XGBoost has them, and metrics. A block has the queries that begin among its rows, so their room is its own.
import { exponentialNearZero, horizontalSum } from './simd/arithmetic';
import { orderFalling } from './sorting/falling';
import { tableBytes } from './sorting/radix';

// Losses; the third is map.
const pairwise: i32 = 0;
const ndcg: i32 = 1;

/** Pairs have one row among so many that the model ranks highest. */
const highest: usize = 32;

/** Room per row: its rank's row, two sums, score, gain, and place in the metric, a double. Ordering takes no more. */
const rowBytes: usize = 28;

@inline function startOf(starts: usize, query: usize): usize { return <usize>load<u32>(starts + (query << 2)); }

/** The first query that begins at a row or behind it. */
function queryFrom(starts: usize, queries: i32, row: i32): usize {
  let from: usize = 0, to = <usize>queries;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (startOf(starts, middle) < <usize>row) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Eight rows per block more than there are, because each array goes on for three numbers, and up to a multiple of four. */
@inline function roomOf(space: usize, start: usize, block: i32): usize {
  return space + (start + (<usize>block << 3)) * rowBytes + <usize>block * tableBytes;
}

/** 2 to the power of a label, of which only the whole part counts. */
@inline function powerOf(label: f32): f64 { return <f64>(<u32>1 << <u32>min<f32>(max<f32>(label, 0), 31)); }

/** log2(1 + x) of positive numbers, to 13 digits: the series of the inverse hyperbolic tangent. */
function logarithmAboveOne(x: f64): f64 {
  let exponent: f64 = 0, y = x;
  if (x > 0.4) {
    // The mantissa is moved to [sqrt(1/2), sqrt(2)).
    const shifted = reinterpret<i64>(1 + x) - 0x3fe6a09e667f3bcd;
    exponent = <f64>(shifted >> 52);
    y = reinterpret<f64>((shifted & 0xfffffffffffff) + 0x3fe6a09e667f3bcd) - 1;
  }
  const s = y / (2 + y), z = s * s;
  const series = 1 + z * (1.0 / 3 + z * (1.0 / 5 + z * (1.0 / 7 + z * (1.0 / 9 + z * (1.0 / 11 + z * (1.0 / 13 + z / 15))))));
  return exponent + 2 * 1.4426950408889634 * s * series;
}

/** Discounted cumulative gain of the first of the rows whose order lies in the room. */
function cumulativeGain(labels: usize, count: usize, discounts: usize, room: usize): f64 {
  let sum: f64 = 0;
  for (let rank: usize = 0; rank < count; rank++) {
    const row = <usize>load<u32>(room + tableBytes + (rank << 2));
    sum += (powerOf(load<f32>(labels + (row << 2))) - 1) * load<f64>(discounts + (rank << 3));
  }
  return sum;
}

/** e^x of numbers that are not above 0, after Cephes; below -87 it stays where it is. */
@inline function powerBelowOne(v: v128): v128 {
  const x = f32x4.pmax(f32x4.splat(-87), v), magic = f32x4.splat(12582912);
  // A whole number, in the lowest bits.
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), magic), n = f32x4.sub(shifted, magic);
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  return f32x4.mul(exponentialNearZero(r), i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23));
}

/**
 * Adds the gradients of all pairs of a row and those ranked below it, and returns the sum of their slopes. What a metric changes when two rows
 * change places is the difference of their gains times that of their `places`, of which the row's own is `place`. Behind the last row the
 * arrays have three more numbers, which are finite.
 */
export function compare_row(
  loss: i32, rank: i32, count: i32, scores: usize, gains: usize, places: usize, place: f64, inverse: f64, nearness: f64, slopes: usize, curves: usize,
): f64 {
  const at = <usize>rank << 2, one = f32x4.splat(1), sign = i32x4.splat(0x80000000), near = f32x4.splat(<f32>nearness);
  const scale = f32x4.splat(<f32>inverse), here = f64x2.splat(place);
  const score = v128.load32_splat(scores + at), gain = v128.load32_splat(gains + at);
  let slope: f64 = 0, curve: f64 = 0, sum: f64 = 0;
  for (let j = rank + 1; j < count;) {
    let partSlope = f32x4.splat(0), partCurve = f32x4.splat(0), part = f32x4.splat(0);
    // Long sums in 32 bits would lose digits.
    for (const end = min(j + 256, count); j < end; j += 4) {
      const other = <usize>j << 2;
      const gap = f32x4.sub(score, v128.load(scores + other)), more = f32x4.sub(gain, v128.load(gains + other));
      const isHigher = f32x4.gt(more, f32x4.splat(0));
      let change: v128;
      if (loss == pairwise) change = v128.and(one, f32x4.ne(more, f32x4.splat(0)));
      else {
        const low = f32x4.demote_f64x2_zero(f64x2.sub(here, v128.load(places + (other << 1))));
        const high = f32x4.demote_f64x2_zero(f64x2.sub(here, v128.load(places + (other << 1), 16)));
        change = f32x4.abs(f32x4.mul(f32x4.mul(v128.shuffle<f32>(low, high, 0, 1, 4, 5), more), scale));
      }
      if (j + 4 > count) change = v128.and(change, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count - j)));
      change = f32x4.div(change, f32x4.add(gap, near));
      // Scores fall, so the power is 1 at most.
      const power = powerBelowOne(f32x4.neg(gap)), likely = f32x4.div(one, f32x4.add(one, power)), unlikely = f32x4.mul(power, likely);
      const lambda = f32x4.mul(v128.bitselect(unlikely, likely, isHigher), change);
      const hessian = f32x4.mul(f32x4.pmax(f32x4.splat(1e-16), f32x4.mul(unlikely, likely)), f32x4.add(change, change));
      const signed = v128.xor(lambda, v128.and(isHigher, sign));
      partSlope = f32x4.add(partSlope, signed);
      partCurve = f32x4.add(partCurve, hessian);
      part = f32x4.add(part, lambda);
      v128.store(slopes + other, f32x4.sub(v128.load(slopes + other), signed));
      v128.store(curves + other, f32x4.add(v128.load(curves + other), hessian));
    }
    slope += horizontalSum(partSlope);
    curve += horizontalSum(partCurve);
    sum += horizontalSum(part);
  }
  store<f32>(slopes + at, <f32>(load<f32>(slopes + at) + slope));
  store<f32>(curves + at, <f32>(load<f32>(curves + at) + curve));
  return sum;
}

/** The `places` of mean average precision, as seen from above: the share of relevant rows up to a rank, less the precisions above it. Returns how many are relevant. */
function precisionPlaces(gains: usize, count: usize, places: usize): f64 {
  let relevant: f64 = 0, precisions: f64 = 0;
  for (let rank: usize = 0; rank < count; rank++) {
    const gain = <f64>load<f32>(gains + (rank << 2)), position = <f64>(rank + 1);
    relevant += gain;
    store<f64>(places + (rank << 3), relevant / position - precisions);
    precisions += gain / position;
  }
  return relevant;
}

function compareQuery(loss: i32, margins: usize, labels: usize, count: usize, discounts: usize, room: usize, weight: f64, gradients: usize): void {
  const part = (count + 6 & ~3) << 2, order = room + tableBytes;
  const slopes = order + part, curves = slopes + part, scores = curves + part, gains = scores + part;
  let places = gains + part, inverse: f64 = 1;
  if (loss == ndcg) {
    orderFalling(labels, count, room);
    const ideal = cumulativeGain(labels, min(count, highest), discounts, room);
    inverse = ideal == 0 ? 0 : 1 / ideal;
    places = discounts;
  }
  orderFalling(margins, count, room);
  memory.fill(slopes, 0, 2 * part);
  for (let rank: usize = 0; rank < count; rank++) {
    const row = <usize>load<u32>(order + (rank << 2)), label = load<f32>(labels + (row << 2));
    store<f32>(scores + (rank << 2), load<f32>(margins + (row << 2)));
    store<f32>(gains + (rank << 2), loss == ndcg ? <f32>powerOf(label) : label);
  }
  const isPrecision = loss != ndcg && loss != pairwise;
  if (isPrecision) {
    const relevant = precisionPlaces(gains, count, places);
    inverse = relevant == 0 ? 0 : 1 / relevant;
  }
  const lowest = load<f32>(scores + (count - 1 << 2)), isSpread = load<f32>(scores) != lowest;
  for (let rank = count; rank < part >> 2; rank++) {
    store<f32>(scores + (rank << 2), lowest);
    store<f32>(gains + (rank << 2), 0);
    if (isPrecision) store<f64>(places + (rank << 3), 0);
  }
  const nearness = isSpread ? 0.01 : 1;
  let sum: f64 = 0;
  for (let rank: usize = 0, last = min(count, highest); rank < last; rank++) {
    let place = loss == pairwise ? 0 : load<f64>(places + (rank << 3));
    if (isPrecision) {
      // The precisions above a row below include this one, if it is relevant; a relevant row that comes up here is one more.
      const gain = <f64>load<f32>(gains + (rank << 2)), position = <f64>(rank + 1);
      place += (1 - 2 * gain) / position;
    }
    sum += compare_row(loss, <i32>rank, <i32>count, scores, gains, places, place, inverse, nearness, slopes, curves);
  }
  const scale = sum > 0 ? logarithmAboveOne(2 * sum) / (2 * sum) * weight : weight;
  for (let rank: usize = 0; rank < count; rank++) {
    const to = gradients + (<usize>load<u32>(order + (rank << 2)) << 3);
    store<f32>(to, <f32>(load<f32>(slopes + (rank << 2)) * scale));
    store<f32>(to, <f32>(load<f32>(curves + (rank << 2)) * scale), 4);
  }
}

/**
 * Parallel-for over rows, as all that follow. `weights`: per query, or 0; `factor` is for all of them. `starts`: where the rows of each query begin, and
 * the number of rows. `discounts`: a double per rank, and three more. `space`: 28 bytes per row, and for each block those of eight more and of a radix sort's table.
 */
export function lambda_gradients(
  margins: usize, labels: usize, weights: usize, starts: usize, queries: i32, discounts: usize, space: usize, loss: i32, factor: f64, gradients: usize,
  first: i32, end: i32, block: i32,
): void {
  let query = queryFrom(starts, queries, first);
  const room = roomOf(space, startOf(starts, query), block);
  for (; query < <usize>queries && startOf(starts, query) < <usize>end; query++) {
    const start = startOf(starts, query), count = startOf(starts, query + 1) - start;
    if (count == 0) continue;
    const weight = weights ? factor * load<f32>(weights + (query << 2)) : factor;
    compareQuery(loss, margins + (start << 2), labels + (start << 2), count, discounts, room, weight, gradients + (start << 3));
  }
}

/** As all metrics: of the rows ranked among the first `most`, and the block's sum over queries. A query without gain counts 1. */
export function query_ndcg(
  answers: usize, labels: usize, weights: usize, starts: usize, queries: i32, discounts: usize, space: usize, most: i32, first: i32, end: i32, block: i32,
): f64 {
  let sum: f64 = 0;
  let query = queryFrom(starts, queries, first);
  const room = roomOf(space, startOf(starts, query), block);
  for (; query < <usize>queries && startOf(starts, query) < <usize>end; query++) {
    const start = startOf(starts, query), count = startOf(starts, query + 1) - start, own = labels + (start << 2), shown = min(count, <usize>most);
    orderFalling(own, count, room);
    const ideal = cumulativeGain(own, shown, discounts, room);
    orderFalling(answers + (start << 2), count, room);
    const score = ideal == 0 ? 1 : cumulativeGain(own, shown, discounts, room) / ideal;
    sum += weights ? score * load<f32>(weights + (query << 2)) : score;
  }
  return sum;
}

/** Mean average precision: a label that is not 0 is relevant. A query without any counts 1. */
export function query_map(
  answers: usize, labels: usize, weights: usize, starts: usize, queries: i32, discounts: usize, space: usize, most: i32, first: i32, end: i32, block: i32,
): f64 {
  let sum: f64 = 0;
  let query = queryFrom(starts, queries, first);
  const room = roomOf(space, startOf(starts, query), block);
  for (; query < <usize>queries && startOf(starts, query) < <usize>end; query++) {
    const start = startOf(starts, query), count = startOf(starts, query + 1) - start;
    orderFalling(answers + (start << 2), count, room);
    let hits: usize = 0, precisions: f64 = 0;
    for (let rank: usize = 0; rank < count; rank++) {
      const row = start + <usize>load<u32>(room + tableBytes + (rank << 2));
      if (load<f32>(labels + (row << 2)) == 0) continue;
      hits++;
      if (rank < <usize>most) precisions += <f64>hits / <f64>(rank + 1);
    }
    const score = hits == 0 ? 1 : precisions / <f64>min(hits, <usize>most);
    sum += weights ? score * load<f32>(weights + (query << 2)) : score;
  }
  return sum;
}

/** The mean label. */
export function query_precision(
  answers: usize, labels: usize, weights: usize, starts: usize, queries: i32, discounts: usize, space: usize, most: i32, first: i32, end: i32, block: i32,
): f64 {
  let sum: f64 = 0;
  let query = queryFrom(starts, queries, first);
  const room = roomOf(space, startOf(starts, query), block);
  for (; query < <usize>queries && startOf(starts, query) < <usize>end; query++) {
    const start = startOf(starts, query), count = startOf(starts, query + 1) - start, shown = min(count, <usize>most);
    orderFalling(answers + (start << 2), count, room);
    let hits: f64 = 0;
    for (let rank: usize = 0; rank < shown; rank++) hits += load<f32>(labels + (start + <usize>load<u32>(room + tableBytes + (rank << 2)) << 2));
    const score = shown == 0 ? 0 : hits / <f64>shown;
    sum += weights ? score * load<f32>(weights + (query << 2)) : score;
  }
  return sum;
}
