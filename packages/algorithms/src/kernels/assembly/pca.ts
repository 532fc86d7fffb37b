// Sums of products of columns. Rows are packed in tiles of `tileRows`, a tile in panels of eight columns: [tile][panel][row][8]. A tile is centred by
// its own mean, so that 32 bits are enough for the products in it; tiles add up in 64 bits, with what the centring left out.

@inline function promoteHigh(v: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

/**
 * Parallel-for over tiles of `count` rows of `stride` numbers (a multiple of four). Writes the packed tile, (x - mean) × scale; its mean in 32 bits
 * (`panels` × 8 numbers); and the sums of what was packed, in 64 bits.
 */
export function pack_tiles(
  rows: usize, stride: i32, count: i32, tileRows: i32, panels: i32, scales: usize, packed: usize, means: usize, sums: usize,
  first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>stride << 2;
  for (let t = first; t < end; t++) {
    const from = t * tileRows;
    const used = min(tileRows, count - from);
    const tile = rows + <usize>from * rowBytes;
    // Row by row first: that is how memory is read ahead.
    const tileSums = sums + (<usize>t * <usize>(panels * 8) << 3);
    memory.fill(tileSums, 0, <usize>panels << 6);
    for (let r = 0, x = tile; r < used; r++, x += rowBytes) {
      for (let o: usize = 0, s = tileSums; o < rowBytes; o += 16, s += 32) {
        const v = v128.load(x + o);
        v128.store(s, f64x2.add(v128.load(s), f64x2.promote_low_f32x4(v)));
        v128.store(s, f64x2.add(v128.load(s, 16), promoteHigh(v)), 16);
      }
    }
    for (let p = 0; p < panels; p++) {
      for (let half = 0; half < 2; half++) {
        const column = p * 8 + half * 4;
        const place = <usize>t * <usize>(panels * 8) + <usize>column;
        let target = packed + ((<usize>(t * panels + p) * <usize>tileRows * 8 + <usize>(half * 4)) << 2);
        if (column >= stride) {
          v128.store(means + (place << 2), f32x4.splat(0));
          v128.store(sums + (place << 3), f64x2.splat(0));
          v128.store(sums + (place << 3), f64x2.splat(0), 16);
          for (let r = 0; r < used; r++, target += 32) v128.store(target, f32x4.splat(0));
          continue;
        }
        const source = tile + (<usize>column << 2);
        let a = v128.load(sums + (place << 3)), b = v128.load(sums + (place << 3), 16);
        const n = f64x2.splat(<f64>used);
        const low = f32x4.demote_f64x2_zero(f64x2.div(a, n)), high = f32x4.demote_f64x2_zero(f64x2.div(b, n));
        const mean = i8x16.shuffle(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
        const scale = v128.load(scales + (<usize>column << 2));
        a = f64x2.splat(0); b = a;
        let x = source;
        for (let r = 0; r < used; r++, x += rowBytes, target += 32) {
          const v = f32x4.mul(f32x4.sub(v128.load(x), mean), scale);
          v128.store(target, v);
          a = f64x2.add(a, f64x2.promote_low_f32x4(v));
          b = f64x2.add(b, promoteHigh(v));
        }
        v128.store(means + (place << 2), mean);
        v128.store(sums + (place << 3), a);
        v128.store(sums + (place << 3), b, 16);
      }
    }
  }
}

/**
 * Parallel-for over tiles: the packed rows times a basis, packed as the rows are. `basis` is [output panel][column][8], columns padded to
 * `panels` × 8 with zeros.
 */
export function project_tiles(
  packed: usize, count: i32, tileRows: i32, panels: i32, basis: usize, outputPanels: i32, projected: usize,
  first: i32, end: i32, block: i32,
): void {
  const panelBytes = <usize>tileRows << 5;
  for (let t = first; t < end; t++) {
    const used = min(tileRows, count - t * tileRows);
    const tile = packed + <usize>t * <usize>panels * panelBytes;
    for (let o = 0; o < outputPanels; o++) {
      const target = projected + (<usize>t * <usize>outputPanels + <usize>o) * panelBytes;
      for (let r = 0; r < used; r += 4) {
        // Missing rows are computed in the place of the first and not written.
        const x0 = tile + (<usize>r << 5);
        const x1 = r + 1 < used ? x0 + 32 : x0, x2 = r + 2 < used ? x0 + 64 : x0, x3 = r + 3 < used ? x0 + 96 : x0;
        let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        let q = basis + (<usize>o * <usize>panels << 8);
        let skipped: usize = 0;
        for (let p = 0; p < panels; p++, skipped += panelBytes) {
          let y0 = x0 + skipped, y1 = x1 + skipped, y2 = x2 + skipped, y3 = x3 + skipped;
          for (const next = q + 256; q < next; q += 32, y0 += 4, y1 += 4, y2 += 4, y3 += 4) {
            const low = v128.load(q), high = v128.load(q, 16);
            let s = v128.load32_splat(y0); a0 = f32x4.add(a0, f32x4.mul(s, low)); b0 = f32x4.add(b0, f32x4.mul(s, high));
            s = v128.load32_splat(y1); a1 = f32x4.add(a1, f32x4.mul(s, low)); b1 = f32x4.add(b1, f32x4.mul(s, high));
            s = v128.load32_splat(y2); a2 = f32x4.add(a2, f32x4.mul(s, low)); b2 = f32x4.add(b2, f32x4.mul(s, high));
            s = v128.load32_splat(y3); a3 = f32x4.add(a3, f32x4.mul(s, low)); b3 = f32x4.add(b3, f32x4.mul(s, high));
          }
        }
        const y = target + (<usize>r << 5);
        v128.store(y, a0); v128.store(y, b0, 16);
        if (r + 1 < used) { v128.store(y, a1, 32); v128.store(y, b1, 48); }
        if (r + 2 < used) { v128.store(y, a2, 64); v128.store(y, b2, 80); }
        if (r + 3 < used) { v128.store(y, a3, 96); v128.store(y, b3, 112); }
      }
    }
  }
}

/** matrix row (eight 64-bit numbers) += products of 32 bits + u × d + e × r, with the vectors `d` and `r` of eight numbers. */
@inline function flush(target: usize, low: v128, high: v128, u: f64, d: usize, e: f64, r: usize): void {
  const us = f64x2.splat(u), es = f64x2.splat(e);
  v128.store(target, f64x2.add(v128.load(target), f64x2.add(f64x2.promote_low_f32x4(low), f64x2.add(f64x2.mul(us, v128.load(d)), f64x2.mul(es, v128.load(r))))));
  v128.store(target, f64x2.add(v128.load(target, 16), f64x2.add(promoteHigh(low), f64x2.add(f64x2.mul(us, v128.load(d, 16)), f64x2.mul(es, v128.load(r, 16))))), 16);
  v128.store(target, f64x2.add(v128.load(target, 32), f64x2.add(f64x2.promote_low_f32x4(high), f64x2.add(f64x2.mul(us, v128.load(d, 32)), f64x2.mul(es, v128.load(r, 32))))), 32);
  v128.store(target, f64x2.add(v128.load(target, 48), f64x2.add(promoteHigh(high), f64x2.add(f64x2.mul(us, v128.load(d, 48)), f64x2.mul(es, v128.load(r, 48))))), 48);
}

/**
 * Parallel-for over the panels of `a`: matrix[i][j] += sum over rows of a[i] × b[j], and per tile a1[i] × b1[j] + a2[i] × b2[j] for what the
 * centring left out. The matrix has `bPanels` × 8 columns. `triangle`: only panels of `b` from the panel of `a` on.
 */
export function add_products(
  a: usize, b: usize, count: i32, tileRows: i32, aPanels: i32, bPanels: i32, triangle: i32,
  a1: usize, b1: usize, a2: usize, b2: usize, matrix: usize,
  first: i32, end: i32, block: i32,
): void {
  const panelBytes = <usize>tileRows << 5;
  const matrixBytes = <usize>bPanels << 6;
  const tiles = (count + tileRows - 1) / tileRows;
  for (let i = first; i < end; i++) {
    for (let t = 0; t < tiles; t++) {
      const rowBytes = <usize>min(tileRows, count - t * tileRows) << 5;
      const x = a + <usize>(t * aPanels + i) * panelBytes;
      const aPlace = <usize>(t * aPanels + i) << 6;
      for (let j = triangle ? i : 0; j < bPanels; j++) {
        const y = b + <usize>(t * bPanels + j) * panelBytes;
        const bPlace = <usize>(t * bPanels + j) << 6;
        for (let half: usize = 0; half < 2; half++) {
          let p0 = f32x4.splat(0), p1 = p0, p2 = p0, p3 = p0, q0 = p0, q1 = p0, q2 = p0, q3 = p0;
          let left = x + (half << 4), right = y;
          for (const last = left + rowBytes; left < last; left += 32, right += 32) {
            const low = v128.load(right), high = v128.load(right, 16);
            let s = v128.load32_splat(left); p0 = f32x4.add(p0, f32x4.mul(s, low)); q0 = f32x4.add(q0, f32x4.mul(s, high));
            s = v128.load32_splat(left, 4); p1 = f32x4.add(p1, f32x4.mul(s, low)); q1 = f32x4.add(q1, f32x4.mul(s, high));
            s = v128.load32_splat(left, 8); p2 = f32x4.add(p2, f32x4.mul(s, low)); q2 = f32x4.add(q2, f32x4.mul(s, high));
            s = v128.load32_splat(left, 12); p3 = f32x4.add(p3, f32x4.mul(s, low)); q3 = f32x4.add(q3, f32x4.mul(s, high));
          }
          const u = a1 + aPlace + (half << 5), e = a2 + aPlace + (half << 5);
          const d = b1 + bPlace, r = b2 + bPlace;
          const target = matrix + (<usize>(i * 8) + (half << 2)) * matrixBytes + (<usize>j << 6);
          flush(target, p0, q0, load<f64>(u), d, load<f64>(e), r);
          flush(target + matrixBytes, p1, q1, load<f64>(u, 8), d, load<f64>(e, 8), r);
          flush(target + matrixBytes * 2, p2, q2, load<f64>(u, 16), d, load<f64>(e, 16), r);
          flush(target + matrixBytes * 3, p3, q3, load<f64>(u, 24), d, load<f64>(e, 24), r);
        }
      }
    }
  }
}
