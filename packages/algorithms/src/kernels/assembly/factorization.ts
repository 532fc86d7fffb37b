// Factorization machines. A feature is a record of three times `stride` numbers: weights, first and second moments. The weights are the factors, then
// the linear weight at place `factors`, then zeros to a multiple of four. `masks`: [stride] 1 at factors, 0 elsewhere.
import { multiplyAdd, horizontalSum } from './simd/arithmetic';

/** log(1 + x) for x in [sqrt(1/2) - 1, sqrt(2) - 1], after Cephes. */
@inline function logarithmNearOne(x: f64): f64 {
  let y = 7.0376836292e-2;
  y = y * x - 1.1514610310e-1;
  y = y * x + 1.1676998740e-1;
  y = y * x - 1.2420140846e-1;
  y = y * x + 1.4249322787e-1;
  y = y * x - 1.6668057665e-1;
  y = y * x + 2.0000714765e-1;
  y = y * x - 2.4999993993e-1;
  y = y * x + 3.3333331174e-1;
  return x + (y * x * x * x - 0.5 * x * x);
}

/** Natural logarithm of a normal positive number, to about 1e-7. */
@inline function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  const shifted = bits - 0x3fe6a09e667f3bcd;
  const exponent = shifted >> 52;
  const mantissa = reinterpret<f64>((shifted & 0xfffffffffffff) + 0x3fe6a09e667f3bcd);
  return logarithmNearOne(mantissa - 1) + <f64>exponent * 0.6931471805599453;
}

/** e^x for x from -60 to 0, to about 1e-7. */
@inline function exponential(x: f64): f64 {
  const n = nearest(x * 1.4426950408889634);
  const r = x - n * 0.6931471805599453;
  let y = 1.9875691500e-4;
  y = y * r + 1.3981999507e-3;
  y = y * r + 8.3334519073e-3;
  y = y * r + 4.1665795894e-2;
  y = y * r + 1.6666665459e-1;
  y = y * r + 5.0000001201e-1;
  return (y * r * r + r + 1) * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** The next state of a feature's own generator (splitmix64). */
@inline function mixed(state: u64): u64 {
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

@inline function uniform(state: u64): f64 { return <f64>(mixed(state) >> 11) * 1.1102230246251565e-16; }

/** First value number `index` of feature `id`. `method`: 0 constant, 1 uniform in ±size, 2 normal with deviation `size`. */
@inline function firstValue(method: i32, size: f64, seed: u64, id: u64, index: u64): f32 {
  if (method == 0) return <f32>size;
  const base = mixed(seed + mixed(id + 0x9e3779b97f4a7c15)) + index * 0xd1342543de82ef95;
  if (method == 1) return <f32>((2 * uniform(base) - 1) * size);
  // Marsaglia's polar method.
  let state = base;
  for (;;) {
    state += 0x9e3779b97f4a7c15; const x = 2 * uniform(state) - 1;
    state += 0x9e3779b97f4a7c15; const y = 2 * uniform(state) - 1;
    const square = x * x + y * y;
    if (square >= 1 || square < 1e-300) continue;
    return <f32>(x * sqrt(-2 * logarithm(square) / square) * size);
  }
}

/** Parallel-for over features: their first weights, the same whatever features there are beside them. The linear weight is number 2^32 - 1. */
export function first_weights(
  features: usize, stride: i32, factors: i32, seed: u32, factorMethod: i32, factorSize: f64, linearMethod: i32, linearSize: f64,
  first: i32, end: i32, block: i32,
): void {
  const bytes = <usize>stride * 12;
  for (let i = first; i < end; i++) {
    const at = features + <usize>(<u32>i) * bytes;
    memory.fill(at, 0, bytes);
    for (let f = 0; f < factors; f++)
      store<f32>(at + (<usize>f << 2), firstValue(factorMethod, factorSize, <u64>seed, <u64>(<u32>i), <u64>f));
    store<f32>(at + (<usize>factors << 2), firstValue(linearMethod, linearSize, <u64>seed, <u64>(<u32>i), 0xffffffff));
  }
}

/** Sums of weight × value of a row, for one vector of lanes; adds the squares to `squares`. */
@inline function sumOne(features: usize, bytes: usize, keys: usize, values: usize, entries: i32, lane: usize, target: usize, mask: v128): v128 {
  let sum = f32x4.splat(0), squares = sum;
  for (let e = 0; e < entries; e++) {
    const o = <usize>e << 2;
    const product = f32x4.mul(v128.load32_splat(values + o), v128.load(features + <usize>load<u32>(keys + o) * bytes + lane));
    sum = f32x4.add(sum, product);
    squares = multiplyAdd(product, product, squares);
  }
  v128.store(target + lane, sum);
  return f32x4.mul(mask, f32x4.sub(f32x4.mul(sum, sum), squares));
}

/** As {@link sumOne}, for three vectors: up to eleven factors fit in them. */
@inline function sumThree(features: usize, bytes: usize, keys: usize, values: usize, entries: i32, lane: usize, target: usize, masks: usize): v128 {
  let a = f32x4.splat(0), b = a, c = a, squares = a, others = a, last = a;
  for (let e = 0; e < entries; e++) {
    const o = <usize>e << 2;
    const x = v128.load32_splat(values + o);
    const w = features + <usize>load<u32>(keys + o) * bytes + lane;
    const p = f32x4.mul(x, v128.load(w)), q = f32x4.mul(x, v128.load(w, 16)), s = f32x4.mul(x, v128.load(w, 32));
    a = f32x4.add(a, p); b = f32x4.add(b, q); c = f32x4.add(c, s);
    squares = multiplyAdd(p, p, squares); others = multiplyAdd(q, q, others); last = multiplyAdd(s, s, last);
  }
  const at = target + lane, mask = masks + lane;
  v128.store(at, a); v128.store(at, b, 16); v128.store(at, c, 32);
  const first = f32x4.mul(v128.load(mask), f32x4.sub(f32x4.mul(a, a), squares));
  const second = f32x4.mul(v128.load(mask, 16), f32x4.sub(f32x4.mul(b, b), others));
  return f32x4.add(f32x4.add(first, second), f32x4.mul(v128.load(mask, 32), f32x4.sub(f32x4.mul(c, c), last)));
}

/**
 * Parallel-for over rows: losses and slopes (derivative of the loss by the score). `sums`: [row][stride], the sums of weight × value over a row's
 * entries at the factors, then 1, then zeros, as `learn` needs them; 0 where nothing is to be learnt. `kind`: 0 a number with half its squared
 * error as loss, 1 two classes with cross-entropy. `statistics`: [block][8] f64, overwritten: loss, sum of slopes, squared errors, absolute errors, true
 * positives, false positives, true negatives, false negatives.
 */
export function score(
  features: usize, stride: i32, factors: i32, masks: usize, bias: f64, starts: usize, keys: usize, values: usize, labels: usize, kind: i32,
  sums: usize, scratch: usize, slopes: usize, statistics: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2, bytes = rowBytes * 3;
  const linear = <usize>factors << 2;
  let loss = 0.0, slopeSum = 0.0, squared = 0.0, absolute = 0.0, truePositives = 0.0, falsePositives = 0.0, trueNegatives = 0.0, falseNegatives = 0.0;
  for (let r = first; r < end; r++) {
    const start = load<i32>(starts + (<usize>r << 2));
    const entries = load<i32>(starts + (<usize>(r + 1) << 2)) - start;
    const rowKeys = keys + (<usize>start << 2), rowValues = values + (<usize>start << 2);
    const target = sums ? sums + <usize>r * rowBytes : scratch + <usize>block * rowBytes;
    let pairs = f32x4.splat(0);
    let lane: usize = 0;
    // Whole vectors of factors, four at a time.
    for (; lane + 64 <= linear; lane += 64) {
      let a = f32x4.splat(0), b = a, c = a, d = a, squares = a, others = a;
      for (let e = 0; e < entries; e++) {
        const o = <usize>e << 2;
        const x = v128.load32_splat(rowValues + o);
        const w = features + <usize>load<u32>(rowKeys + o) * bytes + lane;
        const p = f32x4.mul(x, v128.load(w)), q = f32x4.mul(x, v128.load(w, 16)), s = f32x4.mul(x, v128.load(w, 32)), t = f32x4.mul(x, v128.load(w, 48));
        a = f32x4.add(a, p); b = f32x4.add(b, q); c = f32x4.add(c, s); d = f32x4.add(d, t);
        squares = multiplyAdd(q, q, multiplyAdd(p, p, squares));
        others = multiplyAdd(t, t, multiplyAdd(s, s, others));
      }
      const at = target + lane;
      v128.store(at, a); v128.store(at, b, 16); v128.store(at, c, 32); v128.store(at, d, 48);
      const ab = multiplyAdd(b, b, f32x4.mul(a, a)), cd = multiplyAdd(d, d, f32x4.mul(c, c));
      pairs = f32x4.add(pairs, f32x4.sub(f32x4.add(ab, cd), f32x4.add(squares, others)));
    }
    for (; lane + 48 <= rowBytes; lane += 48)
      pairs = f32x4.add(pairs, sumThree(features, bytes, rowKeys, rowValues, entries, lane, target, masks));
    for (; lane < rowBytes; lane += 16)
      pairs = f32x4.add(pairs, sumOne(features, bytes, rowKeys, rowValues, entries, lane, target, v128.load(masks + lane)));
    const z = bias + <f64>load<f32>(target + linear) + 0.5 * <f64>horizontalSum(pairs);
    store<f32>(target + linear, 1);
    const y = <f64>load<f32>(labels + (<usize>r << 2));
    let slope: f64;
    if (kind == 0) {
      slope = z - y;
      squared += slope * slope;
      absolute += abs(slope);
      loss += 0.5 * slope * slope;
    } else {
      const small = exponential(max(-abs(z), -60.0));
      const probability = (z >= 0 ? 1.0 : small) / (1 + small);
      slope = probability - y;
      loss += logarithm(1 + small) + max(y > 0.5 ? -z : z, 0);
      // A score is a 32-bit number when it is compared in a response, and here too.
      const isOne = <f32>probability >= 0.5;
      if (y > 0.5) { if (isOne) truePositives++; else falseNegatives++; }
      else if (isOne) falsePositives++; else trueNegatives++;
    }
    slopeSum += slope;
    if (slopes) store<f32>(slopes + (<usize>r << 2), <f32>slope);
  }
  const at = statistics + (<usize>block << 6);
  store<f64>(at, loss); store<f64>(at, slopeSum, 8); store<f64>(at, squared, 16); store<f64>(at, absolute, 24);
  store<f64>(at, truePositives, 32); store<f64>(at, falsePositives, 40); store<f64>(at, trueNegatives, 48); store<f64>(at, falseNegatives, 56);
}

/** Adam's step on four weights, after MXNet: decay joins the gradient, which is then clipped; `rate` holds the correction of the first steps. */
@inline function step(at: usize, rowBytes: usize, gradient: v128, rescale: v128, decay: v128, clip: v128, rate: v128, b1: v128, b2: v128, epsilon: v128): void {
  const one = f32x4.splat(1);
  const w = v128.load(at);
  const raw = multiplyAdd(decay, w, f32x4.mul(rescale, gradient));
  const g = f32x4.max(f32x4.min(raw, clip), f32x4.neg(clip));
  const m = multiplyAdd(b1, v128.load(at + rowBytes), f32x4.mul(f32x4.sub(one, b1), g));
  const v = multiplyAdd(b2, v128.load(at + 2 * rowBytes), f32x4.mul(f32x4.sub(one, b2), f32x4.mul(g, g)));
  v128.store(at + rowBytes, m);
  v128.store(at + 2 * rowBytes, v);
  v128.store(at, f32x4.sub(w, f32x4.div(f32x4.mul(rate, m), f32x4.add(f32x4.sqrt(v), epsilon))));
}

/**
 * Parallel-for over the columns of a batch: the gradients of their features and Adam's step on them; with `gradients`, these are written there
 * instead ([column][stride]) and nothing is moved. `lanes`: [2][stride] learning rates (with the correction of the first steps) and decays.
 */
export function learn(
  features: usize, stride: i32, masks: usize, lanes: usize, ids: usize, columnStarts: usize, columnRows: usize, columnValues: usize,
  sums: usize, slopes: usize, gradients: usize, rescale: f32, clip: f32, beta1: f32, beta2: f32, epsilon: f32, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2, bytes = rowBytes * 3;
  const scale = f32x4.splat(rescale), limit = f32x4.splat(clip), b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), eps = f32x4.splat(epsilon);
  for (let c = first; c < end; c++) {
    const start = <usize>load<i32>(columnStarts + (<usize>c << 2)) << 2, stop = <usize>load<i32>(columnStarts + (<usize>(c + 1) << 2)) << 2;
    const feature = features + <usize>load<u32>(ids + (<usize>c << 2)) * bytes;
    let own: f32 = 0;
    for (let e = start; e < stop; e += 4) {
      const x = load<f32>(columnValues + e);
      own += load<f32>(slopes + (<usize>load<u32>(columnRows + e) << 2)) * x * x;
    }
    const ownPart = f32x4.splat(own);
    let lane: usize = 0;
    for (; lane + 64 <= rowBytes; lane += 64) {
      let a = f32x4.splat(0), b = a, d = a, f = a;
      for (let e = start; e < stop; e += 4) {
        const r = <usize>load<u32>(columnRows + e);
        const s = f32x4.splat(load<f32>(slopes + (r << 2)) * load<f32>(columnValues + e));
        const row = sums + r * rowBytes + lane;
        a = multiplyAdd(s, v128.load(row), a); b = multiplyAdd(s, v128.load(row, 16), b);
        d = multiplyAdd(s, v128.load(row, 32), d); f = multiplyAdd(s, v128.load(row, 48), f);
      }
      finish(feature, rowBytes, lane, a, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
      finish(feature, rowBytes, lane + 16, b, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
      finish(feature, rowBytes, lane + 32, d, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
      finish(feature, rowBytes, lane + 48, f, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
    }
    for (; lane + 48 <= rowBytes; lane += 48) {
      let a = f32x4.splat(0), b = a, d = a;
      for (let e = start; e < stop; e += 4) {
        const r = <usize>load<u32>(columnRows + e);
        const s = f32x4.splat(load<f32>(slopes + (r << 2)) * load<f32>(columnValues + e));
        const row = sums + r * rowBytes + lane;
        a = multiplyAdd(s, v128.load(row), a); b = multiplyAdd(s, v128.load(row, 16), b); d = multiplyAdd(s, v128.load(row, 32), d);
      }
      finish(feature, rowBytes, lane, a, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
      finish(feature, rowBytes, lane + 16, b, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
      finish(feature, rowBytes, lane + 32, d, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
    }
    for (; lane < rowBytes; lane += 16) {
      let a = f32x4.splat(0);
      for (let e = start; e < stop; e += 4) {
        const r = <usize>load<u32>(columnRows + e);
        a = multiplyAdd(f32x4.splat(load<f32>(slopes + (r << 2)) * load<f32>(columnValues + e)), v128.load(sums + r * rowBytes + lane), a);
      }
      finish(feature, rowBytes, lane, a, ownPart, masks, lanes, gradients, c, scale, limit, b1, b2, eps);
    }
  }
}

/** Takes a feature's own part, which is no pair, out of the gradient, and moves the weights by it or hands it out. */
@inline function finish(
  feature: usize, rowBytes: usize, lane: usize, sum: v128, own: v128, masks: usize, lanes: usize, gradients: usize, column: i32,
  scale: v128, limit: v128, b1: v128, b2: v128, epsilon: v128,
): void {
  const gradient = f32x4.sub(sum, f32x4.mul(own, f32x4.mul(v128.load(masks + lane), v128.load(feature + lane))));
  if (gradients) v128.store(gradients + <usize>column * rowBytes + lane, gradient);
  else step(feature + lane, rowBytes, gradient, scale, v128.load(lanes + rowBytes + lane), limit, v128.load(lanes + lane), b1, b2, epsilon);
}

/** Parallel-for over features `ids`: Adam's step by gradients that were summed elsewhere ([feature][stride]). */
export function apply_gradients(
  features: usize, stride: i32, lanes: usize, ids: usize, gradients: usize, rescale: f32, clip: f32, beta1: f32, beta2: f32, epsilon: f32,
  first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2, bytes = rowBytes * 3;
  const scale = f32x4.splat(rescale), limit = f32x4.splat(clip), b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), eps = f32x4.splat(epsilon);
  for (let c = first; c < end; c++) {
    const feature = features + <usize>load<u32>(ids + (<usize>c << 2)) * bytes;
    for (let lane: usize = 0; lane < rowBytes; lane += 16) {
      const gradient = v128.load(gradients + <usize>c * rowBytes + lane);
      step(feature + lane, rowBytes, gradient, scale, v128.load(lanes + rowBytes + lane), limit, v128.load(lanes + lane), b1, b2, eps);
    }
  }
}
