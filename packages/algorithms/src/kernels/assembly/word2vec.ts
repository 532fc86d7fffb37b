// Word2vec with negative sampling. Rows of `input` and `output` are padded to a multiple of four numbers; tokens are words, and -1 after each line. Threads
// update the same rows without locks (Hogwild). Targets come in groups of six, so that an input row is read once for six of them; a group that is not full
// is filled up with a row that learns nothing.
import { multiplyAdd, horizontalSum } from './simd/arithmetic';

/** Words that a window may look at: longer lines are cut. */
@inline const SENTENCE: i32 = 1024;

@inline function advance(random: u64): u64 { return random * 6364136223846793005 + 1442695040888963407; }

/** A well mixed start for the numbers of a block. */
@inline function startOf(seed: f64, block: i32, done: f64): u64 {
  let s = <u64>seed * 0x9E3779B97F4A7C15 + <u64>done * 0xD6E8FEB86659FD93 + <u64>(block + 1) * 0xBF58476D1CE4E5B9;
  s = (s ^ (s >> 30)) * 0xBF58476D1CE4E5B9;
  s = (s ^ (s >> 27)) * 0x94D049BB133111EB;
  return s ^ (s >> 31);
}

/** A word from the alias table: per word the share of 2^32 that it keeps, and the word that has the rest. */
@inline function draw(alias: usize, words: u32, random: u64): u32 {
  const at = <u32>(((random >> 32) * <u64>words) >> 32);
  const place = alias + (<usize>at << 3);
  return <u32>(random >> 16) < load<u32>(place) ? at : load<u32>(place, 4);
}

/** Step along the gradient of the log loss; none where the score is beyond 6, as in word2vec. `sigmoid`: 1024 values for -6 … 6. */
@inline function slope(score: f32, label: f32, rate: f32, sigmoid: usize): f32 {
  if (score <= -6 || score >= 6) return 0;
  return (label - load<f32>(sigmoid + (<usize><i32>((score + 6) * <f32>(1024.0 / 12.0)) << 2))) * rate;
}

/** The center's row and those of the words drawn against it, filled up to a multiple of six with `idle`. `distinct`: a word drawn twice counts once. */
@inline function chooseTargets(targets: usize, center: i32, negatives: i32, output: usize, rowBytes: usize, alias: usize, words: u32, idle: usize, random: u64, distinct: bool): u64 {
  store<usize>(targets, output + <usize>center * rowBytes);
  let k = 1;
  for (; k <= negatives; k++) {
    random = advance(random);
    const word = draw(alias, words, random);
    let row = word == center ? idle : output + <usize>word * rowBytes;
    if (distinct) for (let other = 1; other < k; other++) if (load<usize>(targets + (<usize>other << 2)) == row) row = idle;
    store<usize>(targets + (<usize>k << 2), row);
  }
  for (; k % 6 != 0; k++) store<usize>(targets + (<usize>k << 2), idle);
  return random;
}

/** Learns that the first target belongs to the row `x`, and the others do not; `x` moves too. */
function learnRow(x: usize, targets: usize, count: i32, idle: usize, rowBytes: usize, rate: f32, sigmoid: usize): void {
  for (let k = 0; k < count; k += 6) {
    const t = targets + (<usize>k << 2);
    const p0 = load<usize>(t), p1 = load<usize>(t, 4), p2 = load<usize>(t, 8), p3 = load<usize>(t, 12), p4 = load<usize>(t, 16), p5 = load<usize>(t, 20);
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
    for (let z: usize = 0; z < rowBytes; z += 16) {
      const v = v128.load(x + z);
      a0 = multiplyAdd(v, v128.load(p0 + z), a0); a1 = multiplyAdd(v, v128.load(p1 + z), a1); a2 = multiplyAdd(v, v128.load(p2 + z), a2);
      a3 = multiplyAdd(v, v128.load(p3 + z), a3); a4 = multiplyAdd(v, v128.load(p4 + z), a4); a5 = multiplyAdd(v, v128.load(p5 + z), a5);
    }
    const g0 = f32x4.splat(p0 == idle ? 0 : slope(horizontalSum(a0), k == 0 ? 1 : 0, rate, sigmoid));
    const g1 = f32x4.splat(p1 == idle ? 0 : slope(horizontalSum(a1), 0, rate, sigmoid));
    const g2 = f32x4.splat(p2 == idle ? 0 : slope(horizontalSum(a2), 0, rate, sigmoid));
    const g3 = f32x4.splat(p3 == idle ? 0 : slope(horizontalSum(a3), 0, rate, sigmoid));
    const g4 = f32x4.splat(p4 == idle ? 0 : slope(horizontalSum(a4), 0, rate, sigmoid));
    const g5 = f32x4.splat(p5 == idle ? 0 : slope(horizontalSum(a5), 0, rate, sigmoid));
    for (let z: usize = 0; z < rowBytes; z += 16) {
      const v = v128.load(x + z);
      let moved = v, w: v128;
      w = v128.load(p0 + z); moved = multiplyAdd(g0, w, moved); v128.store(p0 + z, multiplyAdd(g0, v, w));
      w = v128.load(p1 + z); moved = multiplyAdd(g1, w, moved); v128.store(p1 + z, multiplyAdd(g1, v, w));
      w = v128.load(p2 + z); moved = multiplyAdd(g2, w, moved); v128.store(p2 + z, multiplyAdd(g2, v, w));
      w = v128.load(p3 + z); moved = multiplyAdd(g3, w, moved); v128.store(p3 + z, multiplyAdd(g3, v, w));
      w = v128.load(p4 + z); moved = multiplyAdd(g4, w, moved); v128.store(p4 + z, multiplyAdd(g4, v, w));
      w = v128.load(p5 + z); moved = multiplyAdd(g5, w, moved); v128.store(p5 + z, multiplyAdd(g5, v, w));
      v128.store(x + z, moved);
    }
  }
}

/**
 * The same for many rows with the same targets: all scores come before any update, and the targets stay in registers while the rows pass by. `slopes`: six
 * numbers per row.
 */
function learnRows(inputs: usize, rows: i32, slopes: usize, targets: usize, count: i32, idle: usize, rowBytes: usize, rate: f32, sigmoid: usize): void {
  for (let k = 0; k < count; k += 6) {
    const t = targets + (<usize>k << 2);
    const p0 = load<usize>(t), p1 = load<usize>(t, 4), p2 = load<usize>(t, 8), p3 = load<usize>(t, 12), p4 = load<usize>(t, 16), p5 = load<usize>(t, 20);
    for (let i = 0; i < rows; i++) {
      const x = load<usize>(inputs + (<usize>i << 2)), s = slopes + <usize>i * 24;
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
      for (let z: usize = 0; z < rowBytes; z += 16) {
        const v = v128.load(x + z);
        a0 = multiplyAdd(v, v128.load(p0 + z), a0); a1 = multiplyAdd(v, v128.load(p1 + z), a1); a2 = multiplyAdd(v, v128.load(p2 + z), a2);
        a3 = multiplyAdd(v, v128.load(p3 + z), a3); a4 = multiplyAdd(v, v128.load(p4 + z), a4); a5 = multiplyAdd(v, v128.load(p5 + z), a5);
      }
      store<f32>(s, p0 == idle ? 0 : slope(horizontalSum(a0), k == 0 ? 1 : 0, rate, sigmoid));
      store<f32>(s, p1 == idle ? 0 : slope(horizontalSum(a1), 0, rate, sigmoid), 4);
      store<f32>(s, p2 == idle ? 0 : slope(horizontalSum(a2), 0, rate, sigmoid), 8);
      store<f32>(s, p3 == idle ? 0 : slope(horizontalSum(a3), 0, rate, sigmoid), 12);
      store<f32>(s, p4 == idle ? 0 : slope(horizontalSum(a4), 0, rate, sigmoid), 16);
      store<f32>(s, p5 == idle ? 0 : slope(horizontalSum(a5), 0, rate, sigmoid), 20);
    }
    for (let z: usize = 0; z < rowBytes; z += 16) {
      const w0 = v128.load(p0 + z), w1 = v128.load(p1 + z), w2 = v128.load(p2 + z), w3 = v128.load(p3 + z), w4 = v128.load(p4 + z), w5 = v128.load(p5 + z);
      let d0 = w0, d1 = w1, d2 = w2, d3 = w3, d4 = w4, d5 = w5;
      for (let i = 0; i < rows; i++) {
        const x = load<usize>(inputs + (<usize>i << 2)) + z, s = slopes + <usize>i * 24;
        const v = v128.load(x);
        let moved = v, g: v128;
        g = v128.load32_splat(s); moved = multiplyAdd(g, w0, moved); d0 = multiplyAdd(g, v, d0);
        g = v128.load32_splat(s, 4); moved = multiplyAdd(g, w1, moved); d1 = multiplyAdd(g, v, d1);
        g = v128.load32_splat(s, 8); moved = multiplyAdd(g, w2, moved); d2 = multiplyAdd(g, v, d2);
        g = v128.load32_splat(s, 12); moved = multiplyAdd(g, w3, moved); d3 = multiplyAdd(g, v, d3);
        g = v128.load32_splat(s, 16); moved = multiplyAdd(g, w4, moved); d4 = multiplyAdd(g, v, d4);
        g = v128.load32_splat(s, 20); moved = multiplyAdd(g, w5, moved); d5 = multiplyAdd(g, v, d5);
        v128.store(x, moved);
      }
      v128.store(p0 + z, d0); v128.store(p1 + z, d1); v128.store(p2 + z, d2); v128.store(p3 + z, d3); v128.store(p4 + z, d4); v128.store(p5 + z, d5);
    }
  }
}

@inline function copyRow(to: usize, from: usize, rowBytes: usize): void {
  for (let z: usize = 0; z < rowBytes; z += 16) v128.store(to + z, v128.load(from + z));
}

@inline function addRow(to: usize, from: usize, rowBytes: usize): void {
  for (let z: usize = 0; z < rowBytes; z += 16) v128.store(to + z, f32x4.add(v128.load(to + z), v128.load(from + z)));
}

@inline function scaleRow(row: usize, factor: f32, rowBytes: usize): void {
  const f = f32x4.splat(factor);
  for (let z: usize = 0; z < rowBytes; z += 16) v128.store(row + z, f32x4.mul(v128.load(row + z), f));
}

@inline function subtractRow(row: usize, other: usize, rowBytes: usize): void {
  for (let z: usize = 0; z < rowBytes; z += 16) v128.store(row + z, f32x4.sub(v128.load(row + z), v128.load(other + z)));
}

/** Adds the rows of a word: its own, or those of its subwords. Returns their number. */
@inline function addWord(to: usize, word: i32, input: usize, rowBytes: usize, partStarts: usize, parts: usize): i32 {
  if (partStarts == 0) { addRow(to, input + <usize>word * rowBytes, rowBytes); return 1; }
  const first = load<u32>(partStarts + (<usize>word << 2)), end = load<u32>(partStarts + (<usize>word << 2), 4);
  for (let i = first; i < end; i++) addRow(to, input + <usize>load<u32>(parts + (<usize>i << 2)) * rowBytes, rowBytes);
  return <i32>(end - first);
}

/** Adds a change to the rows of a word. */
@inline function moveWord(change: usize, word: i32, input: usize, rowBytes: usize, partStarts: usize, parts: usize): void {
  if (partStarts == 0) { addRow(input + <usize>word * rowBytes, change, rowBytes); return; }
  const first = load<u32>(partStarts + (<usize>word << 2)), end = load<u32>(partStarts + (<usize>word << 2), 4);
  for (let i = first; i < end; i++) addRow(input + <usize>load<u32>(parts + (<usize>i << 2)) * rowBytes, change, rowBytes);
}

/**
 * One block of tokens. `mode`: 0 skipgram, 1 cbow, 2 skipgram in batches. `keep`: per word the share of 2^32 of its occurrences that are learnt from.
 * `partStarts`, `parts`: the rows of each word's subwords, or 0. The rate falls from `rate` at token 0 to nothing at `total`; the block's tokens begin after
 * `done` others. `scratch`: `scratchBytes` for each block. Returns the tokens read.
 */
export function train(
  tokens: usize, length: i32, mode: i32, input: usize, output: usize, rowBytes: usize, words: u32, window: i32, negatives: i32, batch: i32, alias: usize,
  keep: usize, sigmoid: usize, partStarts: usize, parts: usize, rate: f32, done: f64, total: f64, seed: f64, scratch: usize, scratchBytes: usize,
  first: i32, end: i32, block: i32,
): i32 {
  const own = scratch + <usize>block * scratchBytes;
  const sentence = own, idle = own + <usize>SENTENCE * 4, targets = idle + rowBytes;
  const targetCount = (negatives / 6 + 1) * 6;
  const slopes = targets + <usize>targetCount * 4, inputs = slopes + <usize>batch * 24, rows = inputs + (<usize>(batch + 3) & ~3) * 4;
  const before = rows + rowBytes * <usize>batch;
  memory.fill(idle, 0, rowBytes);
  let random = startOf(seed, block, done);
  let at = first;
  // A line belongs to the block that it begins in.
  if (at > 0) { while (at < length && load<i32>(tokens + (<usize>(at - 1) << 2)) >= 0) at++; }
  const begun = at;
  while (at < end) {
    const step = rate * max<f32>(<f32>(1 - (done + <f64>at) / total), 0.0001);
    let size = 0;
    while (at < length && size < SENTENCE) {
      const word = load<i32>(tokens + (<usize>(at++) << 2));
      if (word < 0) break;
      random = advance(random);
      if (<u32>(random >> 32) <= load<u32>(keep + (<usize>word << 2))) store<i32>(sentence + (<usize>(size++) << 2), word);
    }
    for (let i = 0; i < size; i++) {
      const center = load<i32>(sentence + (<usize>i << 2));
      random = advance(random);
      const reach = 1 + <i32>(((random >> 32) * <u64>window) >> 32);
      const from = max(0, i - reach), to = min(size - 1, i + reach);
      if (from == to) continue;
      if (mode == 0) {
        // The changes of a word go to all its subwords alike, so that their mean moves as the word does.
        let x = input + <usize>center * rowBytes;
        if (partStarts != 0) {
          x = rows;
          memory.fill(x, 0, rowBytes);
          const count = addWord(x, center, input, rowBytes, partStarts, parts);
          scaleRow(x, <f32>1 / <f32>count, rowBytes);
          copyRow(before, x, rowBytes);
        }
        for (let j = from; j <= to; j++) {
          if (j == i) continue;
          random = chooseTargets(targets, load<i32>(sentence + (<usize>j << 2)), negatives, output, rowBytes, alias, words, idle, random, false);
          learnRow(x, targets, targetCount, idle, rowBytes, step, sigmoid);
        }
        if (partStarts != 0) {
          subtractRow(x, before, rowBytes);
          moveWord(x, center, input, rowBytes, partStarts, parts);
        }
      } else if (mode == 1) {
        memory.fill(rows, 0, rowBytes);
        let count = 0;
        for (let j = from; j <= to; j++)
          if (j != i) count += addWord(rows, load<i32>(sentence + (<usize>j << 2)), input, rowBytes, partStarts, parts);
        scaleRow(rows, <f32>1 / <f32>count, rowBytes);
        copyRow(before, rows, rowBytes);
        random = chooseTargets(targets, center, negatives, output, rowBytes, alias, words, idle, random, false);
        learnRow(rows, targets, targetCount, idle, rowBytes, step, sigmoid);
        subtractRow(rows, before, rowBytes);
        for (let j = from; j <= to; j++)
          if (j != i) moveWord(rows, load<i32>(sentence + (<usize>j << 2)), input, rowBytes, partStarts, parts);
      } else {
        for (let j = from; j <= to;) {
          const firstOfBatch = j;
          let count = 0;
          for (; j <= to && count < batch; j++) {
            if (j == i) continue;
            const word = load<i32>(sentence + (<usize>j << 2));
            let x = input + <usize>word * rowBytes;
            if (partStarts != 0) {
              x = rows + <usize>count * rowBytes;
              memory.fill(x, 0, rowBytes);
              const found = addWord(x, word, input, rowBytes, partStarts, parts);
              scaleRow(x, <f32>1 / <f32>found, rowBytes);
              copyRow(before + <usize>count * rowBytes, x, rowBytes);
            }
            store<usize>(inputs + (<usize>(count++) << 2), x);
          }
          if (count == 0) continue;
          random = chooseTargets(targets, center, negatives, output, rowBytes, alias, words, idle, random, true);
          learnRows(inputs, count, slopes, targets, targetCount, idle, rowBytes, step, sigmoid);
          if (partStarts == 0) continue;
          count = 0;
          for (let k = firstOfBatch; k < j; k++) {
            if (k == i) continue;
            const x = rows + <usize>count * rowBytes;
            subtractRow(x, before + <usize>(count++) * rowBytes, rowBytes);
            moveWord(x, load<i32>(sentence + (<usize>k << 2)), input, rowBytes, partStarts, parts);
          }
        }
      }
    }
  }
  return max(0, at - begun);
}

/** Fills rows with numbers in ±range, and their padding with zeros. */
export function fill_uniform(rows: usize, columns: i32, stride: i32, range: f32, seed: f64, first: i32, end: i32, block: i32): void {
  let random = startOf(seed, block, 0);
  for (let row = first; row < end; row++) {
    const at = rows + (<usize>row * <usize>stride << 2);
    for (let i = 0; i < stride; i++) {
      random = advance(random);
      store<f32>(at + (<usize>i << 2), i < columns ? (<f32>(<u32>(random >> 40)) * <f32>(2.0 / 16777216.0) - 1) * range : 0);
    }
  }
}

/** The vectors of words: the mean of the rows of their subwords. */
export function mean_parts(vectors: usize, input: usize, rowBytes: usize, partStarts: usize, parts: usize, first: i32, end: i32, block: i32): void {
  for (let word = first; word < end; word++) {
    const at = vectors + <usize>word * rowBytes;
    memory.fill(at, 0, rowBytes);
    const count = addWord(at, word, input, rowBytes, partStarts, parts);
    scaleRow(at, <f32>1 / <f32>count, rowBytes);
  }
}
