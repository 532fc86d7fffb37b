// Moments of word counts, and topics of documents. Counts are sparse rows: `starts` (i32, one more than rows), `keys` (i32), `values` (f32); the same
// arrays by word are the transposed counts.
import { horizontalSum } from './simd/arithmetic';

/** Parallel-for over rows: out = scale × sum of value × matrix row of the key, in 64 bits; rows of `stride` numbers, an even number. */
export function times_matrix(
  starts: usize, keys: usize, values: usize, scales: usize, matrix: usize, stride: i32, out: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 3;
  for (let r = first; r < end; r++) {
    const from = load<i32>(starts + (<usize>r << 2)), to = load<i32>(starts + (<usize>r << 2), 4);
    const target = out + <usize>r * rowBytes;
    memory.fill(target, 0, rowBytes);
    for (let e = from; e < to; e++) {
      const s = f64x2.splat(<f64>load<f32>(values + (<usize>e << 2)));
      const source = matrix + <usize>load<u32>(keys + (<usize>e << 2)) * rowBytes;
      for (let o: usize = 0; o < rowBytes; o += 16)
        v128.store(target + o, f64x2.add(v128.load(target + o), f64x2.mul(s, v128.load(source + o))));
    }
    const s = f64x2.splat(load<f64>(scales + (<usize>r << 3)));
    for (let o: usize = 0; o < rowBytes; o += 16) v128.store(target + o, f64x2.mul(s, v128.load(target + o)));
  }
}

/**
 * Parallel-for over the first index: tensor[i][j][l] += sum over rows of scale x_i x_j x_l, and with `y` (may be 0) of x_i x_j y_l + x_i y_j x_l +
 * y_i x_j x_l; only for i <= j, and for l from about j on. `stride`: of rows and of the tensor's last index; an even number.
 */
export function add_thirds(
  x: usize, y: usize, scales: usize, rows: i32, k: i32, stride: i32, tensor: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 3;
  for (let i = first; i < end; i++) {
    for (let r = 0; r < rows; r++) {
      const xr = x + <usize>r * rowBytes;
      const xi = load<f64>(xr + (<usize>i << 3)), scale = load<f64>(scales + (<usize>r << 3));
      const yr = y + <usize>r * rowBytes;
      const yi: f64 = y ? load<f64>(yr + (<usize>i << 3)) : 0;
      for (let j = i; j < k; j++) {
        const xj = load<f64>(xr + (<usize>j << 3));
        let onX = scale * xi * xj;
        const target = tensor + <usize>(i * k + j) * rowBytes;
        const skipped = <usize>(j & ~1) << 3;
        if (y) {
          onX += xi * load<f64>(yr + (<usize>j << 3)) + yi * xj;
          const p = f64x2.splat(onX), q = f64x2.splat(xi * xj);
          for (let o = skipped; o < rowBytes; o += 16)
            v128.store(target + o, f64x2.add(v128.load(target + o), f64x2.add(f64x2.mul(p, v128.load(xr + o)), f64x2.mul(q, v128.load(yr + o)))));
        } else {
          const p = f64x2.splat(onX);
          for (let o = skipped; o < rowBytes; o += 16)
            v128.store(target + o, f64x2.add(v128.load(target + o), f64x2.mul(p, v128.load(xr + o))));
        }
      }
    }
  }
}

/** Parallel-for over the first index: out[s][i] = sum over j, l of tensor[i][j][l] v[s][j] v[s][l], for `count` vectors; all rows of `stride` numbers. */
export function contract(tensor: usize, k: i32, stride: i32, vectors: usize, count: i32, out: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>stride << 3;
  for (let i = first; i < end; i++) {
    for (let s = 0; s < count; s++) {
      const v = vectors + <usize>s * rowBytes;
      let sum: f64 = 0;
      for (let j = 0; j < k; j++) {
        const row = tensor + <usize>(i * k + j) * rowBytes;
        let a = f64x2.splat(0);
        for (let o: usize = 0; o < rowBytes; o += 16) a = f64x2.add(a, f64x2.mul(v128.load(row + o), v128.load(v + o)));
        sum += load<f64>(v + (<usize>j << 3)) * (f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1));
      }
      store<f64>(out + <usize>s * rowBytes + (<usize>i << 3), sum);
    }
  }
}

@inline function dot(a: usize, b: usize, rowBytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let o: usize = 0; o < rowBytes; o += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(a + o), v128.load(b + o)));
  return horizontalSum(sum);
}

/** Natural logarithm of a positive number, to some ten digits. */
@inline function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let exponent = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) { m *= 0.5; exponent++; }
  const t = (m - 1) / (m + 1), q = t * t;
  const series = 1 + q * (0.3333333333333333 + q * (0.2 + q * (0.14285714285714285 + q * (0.1111111111111111 + q * (0.09090909090909091 + q * 0.07692307692307693)))));
  return <f64>exponent * 0.6931471805599453 + 2 * t * series;
}

/**
 * Parallel-for over documents: `steps` times weights = prior + expected words per topic. Words are rows of `words` (probabilities per topic), documents
 * rows of `weights`; both of `stride` numbers, a multiple of four. `spare`: room for one row per block. Returns the block's log likelihood under the
 * weights before the last step.
 */
export function infer_documents(
  starts: usize, keys: usize, values: usize, words: usize, prior: usize, weights: usize, stride: i32, steps: i32, spare: usize,
  first: i32, end: i32, block: i32,
): f64 {
  const rowBytes = <usize>stride << 2;
  const sums = spare + <usize>block * rowBytes;
  let likelihood: f64 = 0;
  for (let d = first; d < end; d++) {
    const from = load<i32>(starts + (<usize>d << 2)), to = load<i32>(starts + (<usize>d << 2), 4);
    const own = weights + <usize>d * rowBytes;
    for (let step = 1; step <= steps; step++) {
      memory.fill(sums, 0, rowBytes);
      let total: f64 = 0;
      if (step == steps) for (let o: usize = 0; o < rowBytes; o += 4) total += <f64>load<f32>(own + o);
      const logTotal = step == steps ? logarithm(total) : 0;
      for (let e = from; e < to; e++) {
        const word = words + <usize>load<u32>(keys + (<usize>e << 2)) * rowBytes;
        const count = load<f32>(values + (<usize>e << 2));
        const probability = dot(own, word, rowBytes);
        const s = f32x4.splat(count / probability);
        for (let o: usize = 0; o < rowBytes; o += 16)
          v128.store(sums + o, f32x4.add(v128.load(sums + o), f32x4.mul(s, v128.load(word + o))));
        if (step == steps) likelihood += <f64>count * (logarithm(<f64>probability) - logTotal);
      }
      for (let o: usize = 0; o < rowBytes; o += 16)
        v128.store(own + o, f32x4.add(v128.load(prior + o), f32x4.mul(v128.load(own + o), v128.load(sums + o))));
    }
  }
  return likelihood;
}

/** Parallel-for over words, with the counts by word: next = expected times that each topic has made the word. */
export function count_topics(
  starts: usize, keys: usize, values: usize, words: usize, weights: usize, stride: i32, next: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2;
  for (let w = first; w < end; w++) {
    const from = load<i32>(starts + (<usize>w << 2)), to = load<i32>(starts + (<usize>w << 2), 4);
    const word = words + <usize>w * rowBytes, target = next + <usize>w * rowBytes;
    memory.fill(target, 0, rowBytes);
    for (let e = from; e < to; e++) {
      const document = weights + <usize>load<u32>(keys + (<usize>e << 2)) * rowBytes;
      const s = f32x4.splat(load<f32>(values + (<usize>e << 2)) / dot(document, word, rowBytes));
      for (let o: usize = 0; o < rowBytes; o += 16)
        v128.store(target + o, f32x4.add(v128.load(target + o), f32x4.mul(s, v128.load(document + o))));
    }
    for (let o: usize = 0; o < rowBytes; o += 16) v128.store(target + o, f32x4.mul(v128.load(target + o), v128.load(word + o)));
  }
}

/** What a word that no topic knows counts as. */
const leastProbability: f32 = 1e-30;
/** Fewer words say nothing beside the prior. */
const leastLength: f64 = 1e-20;

/**
 * Parallel-for over documents: the topics' shares of each, from the prior on until a step moves none by more than `tolerance`, `steps` at most. Words are
 * rows of `words` (probabilities per topic), documents rows of `shares`, `prior` is one row, all of `stride` numbers, a multiple of
 * four. `spare`: room for one row per block.
 */
export function infer_shares(
  starts: usize, keys: usize, values: usize, words: usize, prior: usize, shares: usize, stride: i32, steps: i32, tolerance: f32,
  spare: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2;
  const sums = spare + <usize>block * rowBytes;
  for (let d = first; d < end; d++) {
    const from = values + (<usize>load<i32>(starts + (<usize>d << 2)) << 2), to = values + (<usize>load<i32>(starts + (<usize>d << 2), 4) << 2);
    const own = shares + <usize>d * rowBytes;
    let length: f64 = 0;
    for (let e = from; e < to; e += 4) length += <f64>load<f32>(e);
    memory.copy(own, prior, rowBytes);
    normalise(own, own, rowBytes);
    if (length < leastLength) continue;
    // As if the document had one word: no number is large then, whatever the counts.
    const part = <f32>(1 / length), parts = f32x4.splat(part);
    for (let step = 0, moved: f32 = Infinity; step < steps && moved > tolerance; step++) {
      memory.fill(sums, 0, rowBytes);
      for (let e = from; e < to; e += 4) {
        const word = words + <usize>load<u32>(keys + (e - values)) * rowBytes;
        const s = f32x4.splat(load<f32>(e) * part / (dot(own, word, rowBytes) + leastProbability));
        for (let o: usize = 0; o < rowBytes; o += 16) v128.store(sums + o, f32x4.add(v128.load(sums + o), f32x4.mul(s, v128.load(word + o))));
      }
      for (let o: usize = 0; o < rowBytes; o += 16)
        v128.store(sums + o, f32x4.add(f32x4.mul(v128.load(prior + o), parts), f32x4.mul(v128.load(own + o), v128.load(sums + o))));
      moved = normalise(sums, own, rowBytes);
    }
  }
}

/** Writes a row in sum 1, and returns by how much it moves a number. */
@inline function normalise(row: usize, to: usize, rowBytes: usize): f32 {
  let sum = f32x4.splat(0), most = sum;
  for (let o: usize = 0; o < rowBytes; o += 16) sum = f32x4.add(sum, v128.load(row + o));
  const scale = f32x4.splat(1 / horizontalSum(sum));
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const share = f32x4.mul(v128.load(row + o), scale);
    most = f32x4.max(most, f32x4.abs(f32x4.sub(share, v128.load(to + o))));
    v128.store(to + o, share);
  }
  return max(max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)), max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
}
