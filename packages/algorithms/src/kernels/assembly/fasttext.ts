// fastText's classifier: the mean of an example's rows, and a softmax over the labels. An example is: number of labels, number of rows, the labels, the rows.
// Rows of `input` and `output` are padded to a multiple of four numbers. Threads update the same rows without locks (Hogwild). Every example changes all
// of the output, whose lines would go from one thread's cache to the other's and back for each: a thread learns on a copy, and exchanges what it learnt.
import { multiplyAdd, horizontalSum, horizontalSums, exponential } from './simd/arithmetic';

/** Reads a little of every line of the cache that the rows of an example lie in: most are far away, and come while the example before it is learnt. */
@inline function fetchRows(example: usize, input: usize, rowBytes: usize): void {
  let at = example + 8 + (<usize>load<i32>(example) << 2);
  for (const end = at + (<usize>load<i32>(example, 4) << 2); at < end; at += 4) {
    const row = input + <usize>load<u32>(at) * rowBytes;
    for (let z: usize = 0; z < rowBytes; z += 64) v128.load(row + z);
  }
}

@inline function exampleAt(examples: usize, starts: usize, i: i32): usize {
  return examples + (<usize>load<u32>(starts + (<usize>i << 2)) << 2);
}

/** The mean of the rows. Four rows are read at a time, so that the waits for memory overlap. */
@inline function meanOf(hidden: usize, rows: usize, count: i32, input: usize, rowBytes: usize): void {
  memory.fill(hidden, 0, rowBytes);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const r = rows + (<usize>k << 2);
    const a = input + <usize>load<u32>(r) * rowBytes, b = input + <usize>load<u32>(r, 4) * rowBytes;
    const c = input + <usize>load<u32>(r, 8) * rowBytes, d = input + <usize>load<u32>(r, 12) * rowBytes;
    for (let z: usize = 0; z < rowBytes; z += 16) {
      const both = f32x4.add(f32x4.add(v128.load(a + z), v128.load(b + z)), f32x4.add(v128.load(c + z), v128.load(d + z)));
      v128.store(hidden + z, f32x4.add(v128.load(hidden + z), both));
    }
  }
  for (; k < count; k++) {
    const a = input + <usize>load<u32>(rows + (<usize>k << 2)) * rowBytes;
    for (let z: usize = 0; z < rowBytes; z += 16) v128.store(hidden + z, f32x4.add(v128.load(hidden + z), v128.load(a + z)));
  }
  const share = f32x4.splat(<f32>1 / <f32>count);
  for (let z: usize = 0; z < rowBytes; z += 16) v128.store(hidden + z, f32x4.mul(v128.load(hidden + z), share));
}

@inline function score(hidden: usize, row: usize, rowBytes: usize): f32 {
  let a = f32x4.splat(0), b = a, z: usize = 0;
  for (; z + 32 <= rowBytes; z += 32) {
    a = multiplyAdd(v128.load(hidden + z), v128.load(row + z), a);
    b = multiplyAdd(v128.load(hidden + z, 16), v128.load(row + z, 16), b);
  }
  if (z < rowBytes) a = multiplyAdd(v128.load(hidden + z), v128.load(row + z), a);
  return horizontalSum(f32x4.add(a, b));
}

/** Of `labels` rows, one after another; returns the largest. */
@inline function scoresOf(scores: usize, labels: i32, hidden: usize, output: usize, rowBytes: usize): f32 {
  let most: f32 = -f32.MAX_VALUE, label = 0;
  for (; label + 4 <= labels; label += 4) {
    let p = output + <usize>label * rowBytes, q = p + rowBytes, r = q + rowBytes, s = r + rowBytes;
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (let z: usize = 0; z < rowBytes; z += 16) {
      const h = v128.load(hidden + z);
      a = multiplyAdd(h, v128.load(p + z), a); b = multiplyAdd(h, v128.load(q + z), b);
      c = multiplyAdd(h, v128.load(r + z), c); d = multiplyAdd(h, v128.load(s + z), d);
    }
    const four = horizontalSums(a, b, c, d);
    v128.store(scores + (<usize>label << 2), four);
    most = max(most, max(max(f32x4.extract_lane(four, 0), f32x4.extract_lane(four, 1)), max(f32x4.extract_lane(four, 2), f32x4.extract_lane(four, 3))));
  }
  for (; label < labels; label++) {
    const s = score(hidden, output + <usize>label * rowBytes, rowBytes);
    store<f32>(scores + (<usize>label << 2), s);
    most = max(most, s);
  }
  return most;
}

/** Scores to probabilities, times `factor`; the places up to a multiple of four become 0. */
@inline function softmax(scores: usize, labels: i32, most: f32, factor: f32): void {
  for (let label = labels; label & 3; label++) store<f32>(scores + (<usize>label << 2), -f32.MAX_VALUE);
  let sums = f32x4.splat(0);
  const top = f32x4.splat(most), end = <usize>((labels + 3) & ~3) << 2;
  for (let z: usize = 0; z < end; z += 16) {
    const e = exponential(f32x4.sub(v128.load(scores + z), top));
    v128.store(scores + z, e);
    sums = f32x4.add(sums, e);
  }
  const share = f32x4.splat(factor / horizontalSum(sums));
  for (let z: usize = 0; z < end; z += 16) v128.store(scores + z, f32x4.mul(v128.load(scores + z), share));
}

/** Moves each row of the output by its slope times `hidden`, and gathers in `change` the slopes times the rows. */
@inline function learnRows(output: usize, slopes: usize, labels: i32, hidden: usize, change: usize, rowBytes: usize): void {
  const behind = slopes + (<usize>labels << 2);
  let z: usize = 0;
  for (; z + 64 <= rowBytes; z += 64) {
    const p = v128.load(hidden + z), q = v128.load(hidden + z, 16), r = v128.load(hidden + z, 32), s = v128.load(hidden + z, 48);
    let a = f32x4.splat(0), b = a, c = a, d = a, row = output + z;
    for (let at = slopes; at < behind; at += 4, row += rowBytes) {
      const g = v128.load32_splat(at);
      const e = v128.load(row), f = v128.load(row, 16), i = v128.load(row, 32), j = v128.load(row, 48);
      a = multiplyAdd(g, e, a); b = multiplyAdd(g, f, b); c = multiplyAdd(g, i, c); d = multiplyAdd(g, j, d);
      v128.store(row, multiplyAdd(g, p, e)); v128.store(row, multiplyAdd(g, q, f), 16);
      v128.store(row, multiplyAdd(g, r, i), 32); v128.store(row, multiplyAdd(g, s, j), 48);
    }
    v128.store(change + z, a); v128.store(change + z, b, 16); v128.store(change + z, c, 32); v128.store(change + z, d, 48);
  }
  for (; z < rowBytes; z += 16) {
    const p = v128.load(hidden + z);
    let a = f32x4.splat(0), row = output + z;
    for (let at = slopes; at < behind; at += 4, row += rowBytes) {
      const g = v128.load32_splat(at), e = v128.load(row);
      a = multiplyAdd(g, e, a);
      v128.store(row, multiplyAdd(g, p, e));
    }
    v128.store(change + z, a);
  }
}

/** Adds what was learnt since `before` to the rows that all threads share, and takes over what the others added. */
@inline function exchange(shared: usize, own: usize, before: usize, bytes: usize): void {
  for (let z: usize = 0; z < bytes; z += 16) {
    const sum = f32x4.add(v128.load(shared + z), f32x4.sub(v128.load(own + z), v128.load(before + z)));
    v128.store(shared + z, sum); v128.store(own + z, sum); v128.store(before + z, sum);
  }
}

/**
 * Learns a block of examples. The rate falls linearly from `rate` at example 0 to nothing at `total`; these come after `done` others. The output is a
 * copy for `apart` examples at a time, or the shared one if that is 0. `scratch`: `scratchBytes` for each block. Returns how many had their label on top
 * before they were learnt.
 */
export function train(
  examples: usize, starts: usize, input: usize, output: usize, rowBytes: usize, labels: i32, rate: f32, done: f64, total: f64, seed: f64,
  apart: i32, scratch: usize, scratchBytes: usize, first: i32, end: i32, block: i32,
): i32 {
  const hidden = scratch + <usize>block * scratchBytes, change = hidden + rowBytes, scores = change + rowBytes;
  const outputBytes = <usize>labels * rowBytes;
  const own = apart > 0 ? scores + (<usize>((labels + 3) & ~3) << 2) : output, before = own + outputBytes;
  if (apart > 0) { memory.copy(own, output, outputBytes); memory.copy(before, own, outputBytes); }
  let random = (<u64>seed * 0x9E3779B97F4A7C15) ^ (<u64>(block + 1) * 0xBF58476D1CE4E5B9);
  let right: i32 = 0, left = apart;
  for (let i = first; i < end; i++) {
    const example = exampleAt(examples, starts, i);
    if (i + 1 < end) fetchRows(exampleAt(examples, starts, i + 1), input, rowBytes);
    const known = load<i32>(example), count = load<i32>(example, 4), rows = example + 8 + (<usize>known << 2);
    let target = load<i32>(example, 8);
    if (known > 1) {
      random = random * 6364136223846793005 + 1442695040888963407;
      target = load<i32>(example + (<usize>(((random >> 32) * <u64>known) >> 32) << 2), 8);
    }
    const step = rate * <f32>(1 - (done + <f64>i) / total);
    meanOf(hidden, rows, count, input, rowBytes);
    const most = scoresOf(scores, labels, hidden, own, rowBytes);
    const place = scores + (<usize>target << 2);
    if (load<f32>(place) >= most) right++;
    softmax(scores, labels, most, -step);
    store<f32>(place, load<f32>(place) + step);
    learnRows(own, scores, labels, hidden, change, rowBytes);
    const share = f32x4.splat(<f32>1 / <f32>count);
    for (let z: usize = 0; z < rowBytes; z += 16) v128.store(change + z, f32x4.mul(v128.load(change + z), share));
    for (let k = 0; k < count; k++) {
      const row = input + <usize>load<u32>(rows + (<usize>k << 2)) * rowBytes;
      for (let z: usize = 0; z < rowBytes; z += 16) v128.store(row + z, f32x4.add(v128.load(row + z), v128.load(change + z)));
    }
    if (--left == 0) { exchange(output, own, before, outputBytes); left = apart; }
  }
  if (apart > 0) exchange(output, own, before, outputBytes);
  return right;
}

/** How many examples of a block have the label with the highest score among their own. */
export function count_right(
  examples: usize, starts: usize, input: usize, output: usize, rowBytes: usize, labels: i32, scratch: usize, scratchBytes: usize,
  first: i32, end: i32, block: i32,
): i32 {
  const hidden = scratch + <usize>block * scratchBytes, scores = hidden + rowBytes;
  let right = 0;
  for (let i = first; i < end; i++) {
    const example = exampleAt(examples, starts, i);
    if (i + 1 < end) fetchRows(exampleAt(examples, starts, i + 1), input, rowBytes);
    const own = load<i32>(example), rows = example + 8 + (<usize>own << 2);
    meanOf(hidden, rows, load<i32>(example, 4), input, rowBytes);
    const most = scoresOf(scores, labels, hidden, output, rowBytes);
    for (let k = 0; k < own; k++) {
      if (load<f32>(scores + (<usize>load<i32>(example + (<usize>k << 2), 8) << 2)) < most) continue;
      right++;
      break;
    }
  }
  return right;
}
