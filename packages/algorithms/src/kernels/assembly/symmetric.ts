// Steps of the reduction of a symmetric matrix to tridiagonal form. 64-bit numbers; matrices lie row by row, without padding.

@inline function horizontalSum(v: v128): f64 { return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1); }

@inline function dot(x: usize, y: usize, count: i32): f64 {
  let a = f64x2.splat(0), b = a;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const o = <usize>i << 3;
    a = f64x2.add(a, f64x2.mul(v128.load(x + o), v128.load(y + o)));
    b = f64x2.add(b, f64x2.mul(v128.load(x + o, 16), v128.load(y + o, 16)));
  }
  let sum = horizontalSum(f64x2.add(a, b));
  for (; i < count; i++) sum += load<f64>(x + (<usize>i << 3)) * load<f64>(y + (<usize>i << 3));
  return sum;
}

/**
 * Parallel-for over parts of a symmetric n × n matrix, of which only what is on and right of the diagonal is read: part p of `parts` has the rows from + p,
 * from + p + parts …, and what they add to matrix × vector goes to row p of `sums` (n numbers each). The vector and the product begin at place `from`.
 */
export function symmetric_times(matrix: usize, n: i32, from: i32, vector: usize, parts: i32, sums: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>n << 3;
  for (let p = first; p < end; p++) {
    const sum = sums + <usize>p * rowBytes;
    memory.fill(sum + (<usize>from << 3), 0, <usize>(n - from) << 3);
    for (let i = from + p; i < n; i += parts) {
      const row = matrix + <usize>i * rowBytes;
      const xi = load<f64>(vector + (<usize>i << 3)), s = f64x2.splat(xi);
      let a = f64x2.splat(0), b = a;
      let own = load<f64>(row + (<usize>i << 3)) * xi;
      let j = i + 1;
      for (; j + 4 <= n; j += 4) {
        const o = <usize>j << 3, y = sum + o;
        const r0 = v128.load(row + o), r1 = v128.load(row + o, 16);
        a = f64x2.add(a, f64x2.mul(r0, v128.load(vector + o)));
        b = f64x2.add(b, f64x2.mul(r1, v128.load(vector + o, 16)));
        v128.store(y, f64x2.add(v128.load(y), f64x2.mul(s, r0)));
        v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(s, r1)), 16);
      }
      for (; j < n; j++) {
        const o = <usize>j << 3, r = load<f64>(row + o);
        own += r * load<f64>(vector + o);
        store<f64>(sum + o, load<f64>(sum + o) + xi * r);
      }
      const at = sum + (<usize>i << 3);
      store<f64>(at, load<f64>(at) + own + horizontalSum(f64x2.add(a, b)));
    }
  }
}

/** The sum of `parts` rows of n numbers from place `from` on, in the first of them. */
export function add_parts(sums: usize, n: i32, from: i32, parts: i32): void {
  for (let p = 1; p < parts; p++) {
    const other = sums + (<usize>p * <usize>n << 3);
    for (let i = from; i < n; i++) {
      const o = <usize>i << 3;
      store<f64>(sums + o, load<f64>(sums + o) + load<f64>(other + o));
    }
  }
}

/**
 * product -= (sum over t of v_t w_tᵀ + w_t v_tᵀ) × vector, from place `from` on, for `count` pairs of vectors of n numbers each: what a product lacks when
 * the pairs are not yet subtracted from the matrix.
 */
export function subtract_from_product(v: usize, w: usize, count: i32, n: i32, from: i32, vector: usize, product: usize): void {
  const rowBytes = <usize>n << 3, skipped = <usize>from << 3;
  const length = n - from;
  const x = vector + skipped, y = product + skipped;
  for (let t = 0, vt = v + skipped, wt = w + skipped; t < count; t++, vt += rowBytes, wt += rowBytes) {
    const withV = dot(vt, x, length), withW = dot(wt, x, length);
    const a = f64x2.splat(withW), b = f64x2.splat(withV);
    let i = 0;
    for (; i + 2 <= length; i += 2) {
      const o = <usize>i << 3;
      v128.store(y + o, f64x2.sub(v128.load(y + o), f64x2.add(f64x2.mul(a, v128.load(vt + o)), f64x2.mul(b, v128.load(wt + o)))));
    }
    if (i < length) {
      const o = <usize>i << 3;
      store<f64>(y + o, load<f64>(y + o) - (withW * load<f64>(vt + o) + withV * load<f64>(wt + o)));
    }
  }
}

/**
 * Parallel-for over the rows from `from` on: matrix -= sum over t of v_t w_tᵀ + w_t v_tᵀ, for `count` pairs of vectors of n numbers each; on and right of
 * the diagonal.
 */
export function subtract_pairs(matrix: usize, n: i32, from: i32, v: usize, w: usize, count: i32, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>n << 3;
  for (let r = first; r < end; r += 2) {
    // An odd last row is computed twice and written once.
    const two = r + 1 < end;
    const i0 = <usize>(from + r), i1 = two ? i0 + 1 : i0;
    const row0 = matrix + i0 * rowBytes, row1 = matrix + i1 * rowBytes;
    let j = from + r;
    for (; j + 4 <= n; j += 4) {
      const o = <usize>j << 3;
      let a0 = f64x2.splat(0), a1 = a0, b0 = a0, b1 = a0;
      let vt = v, wt = w;
      for (let t = 0; t < count; t++, vt += rowBytes, wt += rowBytes) {
        const v0 = v128.load(vt + o), v1 = v128.load(vt + o, 16), w0 = v128.load(wt + o), w1 = v128.load(wt + o, 16);
        let s = v128.load64_splat(vt + (i0 << 3)); a0 = f64x2.add(a0, f64x2.mul(s, w0)); a1 = f64x2.add(a1, f64x2.mul(s, w1));
        s = v128.load64_splat(wt + (i0 << 3)); a0 = f64x2.add(a0, f64x2.mul(s, v0)); a1 = f64x2.add(a1, f64x2.mul(s, v1));
        s = v128.load64_splat(vt + (i1 << 3)); b0 = f64x2.add(b0, f64x2.mul(s, w0)); b1 = f64x2.add(b1, f64x2.mul(s, w1));
        s = v128.load64_splat(wt + (i1 << 3)); b0 = f64x2.add(b0, f64x2.mul(s, v0)); b1 = f64x2.add(b1, f64x2.mul(s, v1));
      }
      v128.store(row0 + o, f64x2.sub(v128.load(row0 + o), a0));
      v128.store(row0 + o, f64x2.sub(v128.load(row0 + o, 16), a1), 16);
      if (two) {
        v128.store(row1 + o, f64x2.sub(v128.load(row1 + o), b0));
        v128.store(row1 + o, f64x2.sub(v128.load(row1 + o, 16), b1), 16);
      }
    }
    for (; j < n; j++) {
      const o = <usize>j << 3;
      let a: f64 = 0, b: f64 = 0;
      let vt = v, wt = w;
      for (let t = 0; t < count; t++, vt += rowBytes, wt += rowBytes) {
        a += load<f64>(vt + (i0 << 3)) * load<f64>(wt + o); a += load<f64>(wt + (i0 << 3)) * load<f64>(vt + o);
        b += load<f64>(vt + (i1 << 3)) * load<f64>(wt + o); b += load<f64>(wt + (i1 << 3)) * load<f64>(vt + o);
      }
      store<f64>(row0 + o, load<f64>(row0 + o) - a);
      if (two) store<f64>(row1 + o, load<f64>(row1 + o) - b);
    }
  }
}

/**
 * Parallel-for over vectors of n numbers each: applies the reflections I - factor[g] r rᵀ, last one first, where r begins at place g + 1 and
 * lies in row g of `matrix`.
 */
export function reflect(matrix: usize, n: i32, factors: usize, vectors: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>n << 3;
  for (let g = n - 3; g >= 0; g--) {
    const factor = load<f64>(factors + (<usize>g << 3));
    if (factor == 0) continue;
    const skipped = <usize>(g + 1) << 3;
    const r = matrix + <usize>g * rowBytes + skipped;
    const count = n - g - 1;
    for (let k = first; k < end; k++) {
      const z = vectors + <usize>k * rowBytes + skipped;
      const f = factor * dot(r, z, count);
      const s = f64x2.splat(f);
      let i = 0;
      for (; i + 2 <= count; i += 2) {
        const o = <usize>i << 3;
        v128.store(z + o, f64x2.sub(v128.load(z + o), f64x2.mul(s, v128.load(r + o))));
      }
      if (i < count) store<f64>(z + (<usize>i << 3), load<f64>(z + (<usize>i << 3)) - f * load<f64>(r + (<usize>i << 3)));
    }
  }
}

/** Parallel-for over the vectors of `a`: their products with the `count` vectors of `b`, all of n numbers; a row of `count` products each. */
export function row_products(a: usize, b: usize, count: i32, n: i32, products: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>n << 3;
  for (let i = first; i < end; i++)
    for (let j = 0; j < count; j++)
      store<f64>(products + (<usize>(i * count + j) << 3), dot(a + <usize>i * rowBytes, b + <usize>j * rowBytes, n));
}

/** Parallel-for over the vectors of `target`: adds to each the `count` vectors of `b`, times its row of `factors`. */
export function add_rows(target: usize, factors: usize, b: usize, count: i32, n: i32, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>n << 3;
  for (let i = first; i < end; i++) {
    const own = target + <usize>i * rowBytes;
    const row = factors + (<usize>(i * count) << 3);
    let j = 0;
    for (; j + 4 <= n; j += 4) {
      const o = <usize>j << 3;
      let x = v128.load(own + o), y = v128.load(own + o, 16);
      for (let k = 0, v = b + o; k < count; k++, v += rowBytes) {
        const s = v128.load64_splat(row + (<usize>k << 3));
        x = f64x2.add(x, f64x2.mul(s, v128.load(v)));
        y = f64x2.add(y, f64x2.mul(s, v128.load(v, 16)));
      }
      v128.store(own + o, x);
      v128.store(own + o, y, 16);
    }
    for (; j < n; j++) {
      const o = <usize>j << 3;
      let x = load<f64>(own + o);
      for (let k = 0, v = b + o; k < count; k++, v += rowBytes) x += load<f64>(row + (<usize>k << 3)) * load<f64>(v);
      store<f64>(own + o, x);
    }
  }
}
