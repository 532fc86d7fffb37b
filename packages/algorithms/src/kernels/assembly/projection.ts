// Linear maps to few dimensions: by a dense matrix, by the Walsh-Hadamard transform, by a sparse matrix. Rows have no padding.
import { multiplyAdd } from './simd/arithmetic';

/** Parallel-for over rows: dot products of each row with all rows of the panels (eight rows side by side, [panel][dimension][8]), `outputs` of them, times `scale`. */
export function project(
  rows: usize, dimensions: i32, thePanels: usize, outputs: i32, scale: f32, target: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>dimensions << 2, factors = f32x4.splat(scale);
  for (let i = first; i < end; i++) {
    const x = rows + <usize>i * rowBytes;
    let at = thePanels, to = target + <usize>i * (<usize>outputs << 2);
    for (let j = 0; j < outputs; j += 8) {
      let a = f32x4.splat(0), c = a;
      for (let o: usize = 0; o < rowBytes; o += 4, at += 32) {
        const s = v128.load32_splat(x + o);
        a = multiplyAdd(s, v128.load(at), a);
        c = multiplyAdd(s, v128.load(at, 16), c);
      }
      a = f32x4.mul(a, factors);
      c = f32x4.mul(c, factors);
      if (j + 8 <= outputs) { v128.store(to, a); v128.store(to, c, 16); to += 32; continue; }
      for (let lane = 0; lane < outputs - j; lane++, to += 4) {
        const half = lane < 4 ? a : c, part = lane & 3;
        store<f32>(to, part == 0 ? f32x4.extract_lane(half, 0) : part == 1 ? f32x4.extract_lane(half, 1) : part == 2 ? f32x4.extract_lane(half, 2) : f32x4.extract_lane(half, 3));
      }
    }
  }
}

/**
 * Parallel-for over rows: flips signs (`signs`: 1 or -1 per number), and writes the Walsh-Hadamard transform of each row, padded with zeros to
 * `width` numbers (a power of two, at least 4), to its place in `target`; not normalised.
 */
export function hadamard(rows: usize, dimensions: i32, signs: usize, width: i32, target: usize, first: i32, end: i32, block: i32): void {
  const widthBytes = <usize>width << 2;
  for (let row = first; row < end; row++) {
    const x = rows + <usize>row * (<usize>dimensions << 2), y = target + <usize>row * widthBytes;
    let i: usize = 0;
    for (const used = <usize>dimensions << 2; i < used; i += 4) store<f32>(y + i, load<f32>(x + i) * load<f32>(signs + i));
    for (; i < widthBytes; i += 4) store<f32>(y + i, 0);
    // The two smallest butterflies stay inside a vector.
    for (i = 0; i < widthBytes; i += 16) {
      let v = v128.load(y + i);
      v = f32x4.add(f32x4.mul(v, f32x4(1, -1, 1, -1)), i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
      v = f32x4.add(f32x4.mul(v, f32x4(1, 1, -1, -1)), i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      v128.store(y + i, v);
    }
    for (let half: usize = 16; half < widthBytes; half <<= 1) {
      for (let from = y; from < y + widthBytes; from += half << 1) {
        for (let o: usize = 0; o < half; o += 16) {
          const a = v128.load(from + o), b = v128.load(from + half + o);
          v128.store(from + o, f32x4.add(a, b));
          v128.store(from + half + o, f32x4.sub(a, b));
        }
      }
    }
  }
}

/**
 * Parallel-for over rows of `width` numbers: multiplies each by a sparse matrix of `outputs` rows, whose entries lie from `starts`[j] on as columns
 * and values.
 */
export function project_sparse(
  rows: usize, width: i32, starts: usize, columns: usize, values: usize, outputs: i32, target: usize, first: i32, end: i32, block: i32,
): void {
  for (let row = first; row < end; row++) {
    const x = rows + <usize>row * (<usize>width << 2), y = target + <usize>row * (<usize>outputs << 2);
    for (let j = 0; j < outputs; j++) {
      let sum: f32 = 0;
      const last = <usize>load<i32>(starts + (<usize>j << 2), 4) << 2;
      for (let e = <usize>load<i32>(starts + (<usize>j << 2)) << 2; e < last; e += 4)
        sum += load<f32>(values + e) * load<f32>(x + (<usize>load<i32>(columns + e) << 2));
      store<f32>(y + (<usize>j << 2), sum);
    }
  }
}
