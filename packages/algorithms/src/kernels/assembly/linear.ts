// Linear models, many at a time. An output of a model is a column; columns lie in panels of eight lanes. Weights: [panel][stride + 1][8], the last
// row the bias. Scores: [panel][scoreRows][8], which become gradients in place. Rows are padded with zeros to a multiple of four numbers.
import { multiplyAdd, horizontalSum, exponential, logarithmNearOne } from './simd/arithmetic';

/** log(1 + x) for x in [0, 1]. */
@inline function logarithmOfOneAnd(x: v128): v128 {
  const upper = f32x4.gt(x, f32x4.splat(0.41421356));
  const halved = f32x4.mul(f32x4.sub(x, f32x4.splat(1)), f32x4.splat(0.5));
  const near = logarithmNearOne(v128.bitselect(halved, x, upper));
  return f32x4.add(near, v128.and(upper, f32x4.splat(0.69314718)));
}

/** Natural logarithm of a normal positive number. */
@inline function logarithm(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  // The mantissa is moved to [sqrt(1/2), sqrt(2)).
  const shifted = bits - 0x3f3504f3;
  const exponent = shifted >> 23;
  const mantissa = reinterpret<f32>((shifted & 0x7fffff) + 0x3f3504f3);
  return f32x4.extract_lane(logarithmNearOne(f32x4.splat(mantissa - 1)), 0) + <f32>exponent * 0.69314718;
}

/** Losses of four scores; with `gradient` the scores' place gets the derivatives. `weight` multiplies both. Kinds as in losses.ts. */
@inline function pointLoss(kind: i32, parameter: v128, z: v128, y: v128, weight: v128, gradient: i32, at: usize): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  let loss: v128, slope: v128;
  if (kind <= 1) {
    const side = f32x4.sub(f32x4.add(y, y), one);
    const margin = f32x4.mul(side, z);
    if (kind == 0) {
      const e = exponential(f32x4.neg(f32x4.abs(margin)));
      loss = f32x4.add(logarithmOfOneAnd(e), f32x4.max(f32x4.neg(margin), zero));
      const wrong = f32x4.div(v128.bitselect(e, one, f32x4.ge(margin, zero)), f32x4.add(one, e));
      slope = f32x4.neg(f32x4.mul(side, wrong));
    } else {
      loss = f32x4.max(f32x4.sub(parameter, margin), zero);
      slope = v128.and(f32x4.neg(side), f32x4.gt(loss, zero));
    }
  } else {
    const r = f32x4.sub(z, y);
    const size = f32x4.abs(r);
    const sign = v128.bitselect(one, v128.and(f32x4.splat(-1), f32x4.lt(r, zero)), f32x4.gt(r, zero));
    if (kind == 2) { loss = f32x4.mul(r, r); slope = f32x4.add(r, r); }
    else if (kind == 3) { loss = size; slope = sign; }
    else if (kind <= 5) {
      const beyond = f32x4.max(f32x4.sub(size, parameter), zero);
      if (kind == 4) { loss = f32x4.mul(beyond, beyond); slope = f32x4.mul(f32x4.add(beyond, beyond), sign); }
      else { loss = beyond; slope = v128.and(sign, f32x4.gt(beyond, zero)); }
    } else if (kind == 6) {
      const below = f32x4.lt(r, zero);
      slope = v128.and(v128.bitselect(f32x4.neg(parameter), f32x4.sub(one, parameter), below), f32x4.ne(r, zero));
      loss = f32x4.mul(slope, r);
    } else {
      const inside = f32x4.le(size, parameter);
      const half = f32x4.splat(0.5);
      loss = v128.bitselect(f32x4.mul(f32x4.mul(half, r), r), f32x4.mul(parameter, f32x4.sub(size, f32x4.mul(half, parameter))), inside);
      slope = v128.bitselect(r, f32x4.mul(parameter, sign), inside);
    }
  }
  if (gradient) v128.store(at, f32x4.mul(slope, weight));
  return f32x4.mul(loss, weight);
}

/** Scores of rows [first, end) for all panels. */
@inline function forward(x: usize, stride: i32, weights: usize, panels: i32, scores: usize, scoreRows: i32, first: i32, end: i32): void {
  const rowBytes = <usize>stride << 2;
  for (let p = 0; p < panels; p++) {
    const panel = weights + <usize>p * <usize>(stride + 1) * 32;
    const bias = panel + (rowBytes << 3);
    const b0 = v128.load(bias), b1 = v128.load(bias, 16);
    for (let i = first; i < end; i += 4) {
      const left = end - i;
      const x0 = x + <usize>i * rowBytes;
      const x1 = left > 1 ? x0 + rowBytes : x0, x2 = left > 2 ? x1 + rowBytes : x0, x3 = left > 3 ? x2 + rowBytes : x0;
      let a0 = b0, a1 = b0, a2 = b0, a3 = b0, c0 = b1, c1 = b1, c2 = b1, c3 = b1;
      for (let o: usize = 0, w = panel; o < rowBytes; o += 4, w += 32) {
        const u = v128.load(w), v = v128.load(w, 16);
        let s = v128.load32_splat(x0 + o); a0 = multiplyAdd(s, u, a0); c0 = multiplyAdd(s, v, c0);
        s = v128.load32_splat(x1 + o); a1 = multiplyAdd(s, u, a1); c1 = multiplyAdd(s, v, c1);
        s = v128.load32_splat(x2 + o); a2 = multiplyAdd(s, u, a2); c2 = multiplyAdd(s, v, c2);
        s = v128.load32_splat(x3 + o); a3 = multiplyAdd(s, u, a3); c3 = multiplyAdd(s, v, c3);
      }
      const at = scores + ((<usize>p * <usize>scoreRows + <usize>i) << 5);
      v128.store(at, a0); v128.store(at, c0, 16);
      if (left > 1) { v128.store(at, a1, 32); v128.store(at, c1, 48); }
      if (left > 2) { v128.store(at, a2, 64); v128.store(at, c2, 80); }
      if (left > 3) { v128.store(at, a3, 96); v128.store(at, c3, 112); }
    }
  }
}

/** One column per model. `lanes`: [panel][2][8] weights of a row by lane, for labels of 1 and for others; 0 in lanes without a model. */
@inline function pointLosses(
  scores: usize, scoreRows: i32, panels: i32, labels: usize, kind: i32, parameter: v128, lanes: usize, models: i32, gradient: i32, losses: usize, first: i32, end: i32,
): void {
  const half = f32x4.splat(0.5);
  for (let p = 0; p < panels; p++) {
    const lane = lanes + (<usize>p << 6);
    const p0 = v128.load(lane), p1 = v128.load(lane, 16), n0 = v128.load(lane, 32), n1 = v128.load(lane, 48);
    let sum0 = f32x4.splat(0), sum1 = sum0;
    for (let i = first; i < end; i++) {
      const at = scores + ((<usize>p * <usize>scoreRows + <usize>i) << 5);
      const y = v128.load32_splat(labels + (<usize>i << 2));
      const positive = f32x4.gt(y, half);
      sum0 = f32x4.add(sum0, pointLoss(kind, parameter, v128.load(at), y, v128.bitselect(p0, n0, positive), gradient, at));
      sum1 = f32x4.add(sum1, pointLoss(kind, parameter, v128.load(at, 16), y, v128.bitselect(p1, n1, positive), gradient, at + 16));
    }
    const target = losses + (<usize>p << 6);
    v128.store(target, f64x2.promote_low_f32x4(sum0));
    v128.store(target, f64x2.promote_low_f32x4(i8x16.shuffle(sum0, sum0, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), 16);
    v128.store(target, f64x2.promote_low_f32x4(sum1), 32);
    v128.store(target, f64x2.promote_low_f32x4(i8x16.shuffle(sum1, sum1, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), 48);
  }
}

@inline function columnPlace(scores: usize, scoreRows: i32, row: i32, column: i32): usize {
  return scores + ((<usize>(column >> 3) * <usize>scoreRows + <usize>row) << 5) + (<usize>(column & 7) << 2);
}

/** `pitch` columns per model, a multiple of four; those that pad a model score far below any other. */
@inline function softmaxLosses(
  scores: usize, scoreRows: i32, labels: usize, classWeights: usize, pitch: i32, models: i32, gradient: i32, losses: usize, first: i32, end: i32,
): void {
  for (let m = 0; m < models; m++) {
    let total: f64 = 0;
    const begin = m * pitch, stop = begin + pitch;
    for (let i = first; i < end; i++) {
      const label = <i32>load<f32>(labels + (<usize>i << 2));
      const weight = load<f32>(classWeights + (<usize>label << 2));
      let most = f32x4.splat(-Infinity);
      for (let c = begin; c < stop; c += 4) most = f32x4.max(most, v128.load(columnPlace(scores, scoreRows, i, c)));
      const greatest = max<f32>(
        max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)), max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
      );
      const shift = f32x4.splat(greatest);
      const own = columnPlace(scores, scoreRows, i, begin + label);
      const score = load<f32>(own);
      let sums = f32x4.splat(0);
      for (let c = begin; c < stop; c += 4) {
        const at = columnPlace(scores, scoreRows, i, c);
        const e = exponential(f32x4.sub(v128.load(at), shift));
        sums = f32x4.add(sums, e);
        if (gradient) v128.store(at, e);
      }
      const sum = horizontalSum(sums);
      total += <f64>(weight * (logarithm(sum) + greatest - score));
      if (!gradient) continue;
      const scale = f32x4.splat(weight / sum);
      for (let c = begin; c < stop; c += 4) {
        const at = columnPlace(scores, scoreRows, i, c);
        v128.store(at, f32x4.mul(v128.load(at), scale));
      }
      store<f32>(own, load<f32>(own) - weight);
    }
    store<f64>(losses + (<usize>m << 3), total);
  }
}

/**
 * Parallel-for over rows: scores, and the sum of losses of each model to `losses` ([block][lossPitch] f64). With `gradient` the scores give
 * way to their derivatives. `weights` of rows: by lane (pointLosses) or, for the softmax (kind 8), by class.
 */
export function score_panels(
  x: usize, stride: i32, weights: usize, panels: i32, scores: usize, scoreRows: i32, labels: usize, kind: i32, parameter: f32,
  rowWeights: usize, pitch: i32, models: i32, gradient: i32, losses: usize, lossPitch: i32, first: i32, end: i32, block: i32,
): void {
  forward(x, stride, weights, panels, scores, scoreRows, first, end);
  const target = losses + (<usize>block * <usize>lossPitch << 3);
  if (kind == 8) softmaxLosses(scores, scoreRows, labels, rowWeights, pitch, models, gradient, target, first, end);
  else pointLosses(scores, scoreRows, panels, labels, kind, f32x4.splat(parameter), rowWeights, models, gradient, target, first, end);
}

const tileRows = 256;

/** Adds rows [begin, stop) of one tile to the gradients of four dimensions (or of the bias) in one panel. */
@inline function accumulate(x: usize, rowBytes: usize, scores: usize, begin: i32, stop: i32, target: usize, isBias: bool): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
  if (begin > 0) {
    a0 = v128.load(target); c0 = v128.load(target, 16);
    if (!isBias) {
      a1 = v128.load(target, 32); c1 = v128.load(target, 48); a2 = v128.load(target, 64); c2 = v128.load(target, 80);
      a3 = v128.load(target, 96); c3 = v128.load(target, 112);
    }
  }
  let g = scores + (<usize>begin << 5);
  if (isBias) {
    for (let i = begin; i < stop; i++, g += 32) { a0 = f32x4.add(a0, v128.load(g)); c0 = f32x4.add(c0, v128.load(g, 16)); }
    v128.store(target, a0); v128.store(target, c0, 16);
    return;
  }
  let row = x + <usize>begin * rowBytes;
  for (let i = begin; i < stop; i++, g += 32, row += rowBytes) {
    const u = v128.load(g), v = v128.load(g, 16);
    let s = v128.load32_splat(row); a0 = multiplyAdd(s, u, a0); c0 = multiplyAdd(s, v, c0);
    s = v128.load32_splat(row, 4); a1 = multiplyAdd(s, u, a1); c1 = multiplyAdd(s, v, c1);
    s = v128.load32_splat(row, 8); a2 = multiplyAdd(s, u, a2); c2 = multiplyAdd(s, v, c2);
    s = v128.load32_splat(row, 12); a3 = multiplyAdd(s, u, a3); c3 = multiplyAdd(s, v, c3);
  }
  v128.store(target, a0); v128.store(target, c0, 16); v128.store(target, a1, 32); v128.store(target, c1, 48);
  v128.store(target, a2, 64); v128.store(target, c2, 80); v128.store(target, a3, 96); v128.store(target, c3, 112);
}

/** One step of the optimizer (0 sgd, 1 adam, 2 rmsprop) on four weights; then the weights shrink towards zero by rate × l1. */
@inline function descend(
  at: usize, gradient: usize, first: usize, second: usize, optimizer: i32, rate: v128, l2: v128, l1: v128, beta1: v128, beta2: v128, correction: v128, scale: v128,
): void {
  const one = f32x4.splat(1), epsilon = f32x4.splat(1e-8);
  let w = v128.load(at);
  const g = multiplyAdd(l2, w, f32x4.mul(v128.load(gradient), scale));
  if (optimizer == 0) {
    const m = multiplyAdd(beta1, v128.load(first), g);
    v128.store(first, m);
    w = f32x4.sub(w, f32x4.mul(rate, m));
  } else {
    const v = multiplyAdd(beta2, v128.load(second), f32x4.mul(f32x4.sub(one, beta2), f32x4.mul(g, g)));
    v128.store(second, v);
    let m = g;
    if (optimizer == 1) {
      m = multiplyAdd(beta1, v128.load(first), f32x4.mul(f32x4.sub(one, beta1), g));
      v128.store(first, m);
    }
    w = f32x4.sub(w, f32x4.div(f32x4.mul(f32x4.mul(rate, correction), m), f32x4.add(f32x4.sqrt(v), epsilon)));
  }
  const size = f32x4.max(f32x4.sub(f32x4.abs(w), f32x4.mul(rate, l1)), f32x4.splat(0));
  v128.store(at, v128.bitselect(w, size, f32x4.splat(-0.0)));
}

/** Parallel-for over panels × (stride / 4 + 1): the sums over the rows of the gradients of four dimensions (last: of the bias). */
export function sum_gradients(
  x: usize, stride: i32, scores: usize, scoreRows: i32, rows: i32, gradients: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2;
  const groups = (stride >> 2) + 1;
  for (let begin = 0; begin < rows; begin += tileRows) {
    const stop = min(rows, begin + tileRows);
    for (let item = first; item < end; item++) {
      const p = item / groups, group = item % groups;
      const target = gradients + (<usize>p * <usize>(stride + 1) + (<usize>group << 2)) * 32;
      accumulate(x + (<usize>group << 4), rowBytes, scores + (<usize>p * <usize>scoreRows << 5), begin, stop, target, group == groups - 1);
    }
  }
}

/**
 * Parallel-for over panels × (stride / 4 + 1): the optimizer's step by gradients that are sums over `rows` rows. `lanes`: [panel][3][8] learning rate, L2
 * and L1 by lane.
 */
export function step_panels(
  stride: i32, rows: i32, weights: usize, gradients: usize, firstMoments: usize, secondMoments: usize,
  lanes: usize, optimizer: i32, beta1: f32, beta2: f32, correction: f32, biasRate: f32, biasDecay: f32, first: i32, end: i32, block: i32,
): void {
  const groups = (stride >> 2) + 1;
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), fix = f32x4.splat(correction), scale = f32x4.splat(1 / <f32>rows);
  for (let item = first; item < end; item++) {
    const p = item / groups, group = item % groups;
    const isBias = group == groups - 1;
    const lane = lanes + <usize>p * 96;
    const place = (<usize>p * <usize>(stride + 1) + (<usize>group << 2)) * 32;
    const bytes: usize = isBias ? 32 : 128;
    const ratio = f32x4.splat(isBias ? biasRate : 1), decay = f32x4.splat(isBias ? biasDecay : 1), thresholds = f32x4.splat(isBias ? 0 : 1);
    for (let o: usize = 0; o < bytes; o += 16) {
      const l = lane + (o & 16);
      const at = place + o;
      descend(
        weights + at, gradients + at, firstMoments + at, secondMoments + at, optimizer,
        f32x4.mul(v128.load(l), ratio), f32x4.mul(v128.load(l, 32), decay), f32x4.mul(v128.load(l, 64), thresholds), b1, b2, fix, scale,
      );
    }
  }
}

/** {@link sum_gradients} and {@link step_panels} in one turn of the threads. */
export function gradient_panels(
  x: usize, stride: i32, scores: usize, scoreRows: i32, rows: i32, weights: usize, gradients: usize, firstMoments: usize, secondMoments: usize,
  lanes: usize, optimizer: i32, beta1: f32, beta2: f32, correction: f32, biasRate: f32, biasDecay: f32, first: i32, end: i32, block: i32,
): void {
  sum_gradients(x, stride, scores, scoreRows, rows, gradients, first, end, block);
  step_panels(
    stride, rows, weights, gradients, firstMoments, secondMoments, lanes, optimizer, beta1, beta2, correction, biasRate, biasDecay, first, end, block,
  );
}

@inline function dot(x: usize, weights: usize, rowBytes: usize): v128 {
  let a = f32x4.splat(0), b = a;
  let o: usize = 0;
  for (; o + 32 <= rowBytes; o += 32) {
    a = multiplyAdd(v128.load(x + o), v128.load(weights + o), a);
    b = multiplyAdd(v128.load(x + o, 16), v128.load(weights + o, 16), b);
  }
  if (o < rowBytes) a = multiplyAdd(v128.load(x + o), v128.load(weights + o), a);
  return f32x4.add(a, b);
}

/**
 * Parallel-for over rows, for one model with one output: returns the sum of losses. `weights`: `slotBytes` of numbers, the bias 32 bytes before
 * their end. With `scores`, these are written; with `slots`, gradients are summed to the block's own slot, in the layout of the weights.
 */
export function score_single(
  x: usize, stride: i32, weights: usize, labels: usize, kind: i32, parameter: f32, positiveWeight: f32, scores: usize, slots: usize, slotBytes: i32,
  scratch: usize, first: i32, end: i32, block: i32,
): f64 {
  const rowBytes = <usize>stride << 2;
  const slot = slots + <usize>block * <usize>slotBytes;
  if (slots) memory.fill(slot, 0, slotBytes);
  const bias = f32x4.splat(load<f32>(weights + <usize>slotBytes - 32));
  const half = f32x4.splat(0.5), positives = f32x4.splat(positiveWeight), negatives = f32x4.splat(1);
  const slopes = scratch + (<usize>block << 6);
  let biasSlope = f32x4.splat(0), losses = biasSlope;
  for (let i = first; i < end; i += 4) {
    const left = end - i;
    const x0 = x + <usize>i * rowBytes;
    const x1 = left > 1 ? x0 + rowBytes : x0, x2 = left > 2 ? x1 + rowBytes : x0, x3 = left > 3 ? x2 + rowBytes : x0;
    const a = dot(x0, weights, rowBytes), b = dot(x1, weights, rowBytes), c = dot(x2, weights, rowBytes), d = dot(x3, weights, rowBytes);
    // The four sums of lanes at once: a transposition.
    const ab0 = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const ab1 = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const cd0 = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    const cd1 = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    const ab = f32x4.add(ab0, ab1), cd = f32x4.add(cd0, cd1);
    const low = i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    const high = i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    const z = f32x4.add(f32x4.add(low, high), bias);
    const label = labels + (<usize>i << 2);
    const y = left > 3
      ? v128.load(label)
      : f32x4(load<f32>(label), left > 1 ? load<f32>(label, 4) : 0, left > 2 ? load<f32>(label, 8) : 0, 0);
    const there = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(left));
    const weight = v128.and(v128.bitselect(positives, negatives, f32x4.gt(y, half)), there);
    losses = f32x4.add(losses, pointLoss(kind, f32x4.splat(parameter), z, y, weight, 1, slopes));
    if (scores) {
      const at = scores + (<usize>i << 2);
      store<f32>(at, f32x4.extract_lane(z, 0));
      if (left > 1) store<f32>(at, f32x4.extract_lane(z, 1), 4);
      if (left > 2) store<f32>(at, f32x4.extract_lane(z, 2), 8);
      if (left > 3) store<f32>(at, f32x4.extract_lane(z, 3), 12);
    }
    if (!slots) continue;
    const s = v128.load(slopes);
    biasSlope = f32x4.add(biasSlope, s);
    const s0 = f32x4.splat(f32x4.extract_lane(s, 0)), s1 = f32x4.splat(f32x4.extract_lane(s, 1));
    const s2 = f32x4.splat(f32x4.extract_lane(s, 2)), s3 = f32x4.splat(f32x4.extract_lane(s, 3));
    for (let o: usize = 0; o < rowBytes; o += 16) {
      const two = multiplyAdd(s1, v128.load(x1 + o), f32x4.mul(s0, v128.load(x0 + o)));
      const four = multiplyAdd(s3, v128.load(x3 + o), multiplyAdd(s2, v128.load(x2 + o), two));
      v128.store(slot + o, f32x4.add(v128.load(slot + o), four));
    }
  }
  if (slots) store<f32>(slot + <usize>slotBytes - 32, horizontalSum(biasSlope));
  return <f64>horizontalSum(losses);
}

/** The optimizer's step of the single model: adds the slots of `blocks` blocks in their order, then moves the weights. */
export function update_single(
  slots: usize, blocks: i32, slotBytes: i32, rows: i32, weights: usize, firstMoments: usize, secondMoments: usize, rate: f32, l2: f32, l1: f32,
  optimizer: i32, beta1: f32, beta2: f32, correction: f32, biasRate: f32, biasDecay: f32,
): void {
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), fix = f32x4.splat(correction), scale = f32x4.splat(1 / <f32>rows);
  const biasAt = <usize>slotBytes - 32;
  for (let o: usize = 0; o < <usize>slotBytes; o += 16) {
    const isBias = o >= biasAt;
    const at = slots + o;
    let sum = v128.load(at);
    for (let b = 1; b < blocks; b++) sum = f32x4.add(sum, v128.load(at + <usize>b * <usize>slotBytes));
    v128.store(at, sum);
    descend(
      weights + o, at, firstMoments + o, secondMoments + o, optimizer, f32x4.splat(isBias ? rate * biasRate : rate),
      f32x4.splat(isBias ? l2 * biasDecay : l2), f32x4.splat(isBias ? 0 : l1), b1, b2, fix, scale,
    );
  }
}

/** Parallel-for over groups of four columns: sums (f64) of the columns or, with `centers` (f64), of their squared distances to these. */
export function column_sums(x: usize, stride: i32, rows: i32, centers: usize, sums: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>stride << 2;
  for (let group = first; group < end; group++) {
    let low = f64x2.splat(0), high = low;
    const place = <usize>group << 5;
    const c0 = centers ? v128.load(centers + place) : low, c1 = centers ? v128.load(centers + place, 16) : low;
    let row = x + (<usize>group << 4);
    for (let i = 0; i < rows; i++, row += rowBytes) {
      const v = v128.load(row);
      const d0 = f64x2.sub(f64x2.promote_low_f32x4(v), c0);
      const d1 = f64x2.sub(f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)), c1);
      low = f64x2.add(low, centers ? f64x2.mul(d0, d0) : d0);
      high = f64x2.add(high, centers ? f64x2.mul(d1, d1) : d1);
    }
    v128.store(sums + place, low); v128.store(sums + place, high, 16);
  }
}

/** Parallel-for over target rows: (source row − offset) × factor; source rows in `order` (i32), or in their own order when it is 0. */
export function scale_rows(source: usize, target: usize, order: usize, stride: i32, offset: usize, factor: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>stride << 2;
  for (let i = first; i < end; i++) {
    const from = source + <usize>(order ? load<i32>(order + (<usize>i << 2)) : i) * rowBytes;
    const to = target + <usize>i * rowBytes;
    for (let o: usize = 0; o < rowBytes; o += 16)
      v128.store(to + o, f32x4.mul(f32x4.sub(v128.load(from + o), v128.load(offset + o)), v128.load(factor + o)));
  }
}
