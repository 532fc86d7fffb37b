// Products of a layer with rectified rows. About half of what is rectified is zero, so that half of each product is not computed: only the open units,
// those above zero, are. Rows of scratch hold `width` numbers and lie GAP bytes apart. A list of a row lies in such a row too: its length, and from HEAD
// bytes on the open units, each as the bytes in front of it. Weights are packed in panels of 32 columns, [unit][32], and of 8 where fewer than 32 are left.
import { horizontalSums, multiplyAdd } from '../simd/arithmetic';

/** Rows that are computed together while they are in the cache: a mask of 64 bits has one for each. */
export const BLOCK: i32 = 64;
/** Bytes between the rows of scratch beside their width: rows whose distance is a power of two would fall onto the same lines of the cache. */
export const GAP: usize = 64;

@inline const HEAD: usize = 16;
/** Bytes of a panel's row. */
@inline const WIDE: usize = 128, NARROW: usize = 32;

/** Lists the open units of `count` rows. */
export function listOpenUnits(source: usize, count: i32, width: i32, lists: usize): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP;
  for (let row = 0; row < count; row++, source += step, lists += step) {
    let at = lists + HEAD;
    // Each is written where the list ends, which is moved on where it is open: without branches, as no processor guesses which are.
    for (let o: usize = 0; o < rowBytes; o += 16) {
      const open = i32x4.bitmask(f32x4.gt(v128.load(source + o), f32x4.splat(0))), unit = <u32>o;
      store<u32>(at, unit); at += (open & 1) << 2;
      store<u32>(at, unit + 4); at += (open & 2) << 1;
      store<u32>(at, unit + 8); at += open & 4;
      store<u32>(at, unit + 12); at += (open >> 1) & 4;
    }
    store<u32>(lists, <u32>(at - lists - HEAD));
    // Units are taken in eights where their order does not matter: what fills up the last ones is not used.
    v128.store(at, i32x4.splat(0));
    v128.store(at, i32x4.splat(0), 16);
  }
}

/** For each unit a mask of the rows in which it is open: the first 32 rows' in front, those of the others `width` words behind. */
export function maskOpenRows(source: usize, count: i32, width: i32, masks: usize): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP;
  for (let o: usize = 0; o < rowBytes; o += 16) {
    v128.store(masks + o, maskOf(source + o, min(count, 32), step));
    v128.store(masks + rowBytes + o, maskOf(source + 32 * step + o, max(count - 32, 0), step));
  }
}

@inline function maskOf(source: usize, count: i32, step: usize): v128 {
  let mask = i32x4.splat(0), bit = i32x4.splat(1);
  for (let row = 0; row < count; row++, source += step) {
    mask = v128.or(mask, v128.and(bit, f32x4.gt(v128.load(source), f32x4.splat(0))));
    bit = i32x4.shl(bit, 1);
  }
  return mask;
}

/** target += rectified source × weights. */
export function multiplyOpen(source: usize, lists: usize, count: i32, width: i32, panels: usize, target: usize): void {
  const rowBytes = <usize>width << 2;
  let panel: usize = 0;
  for (; panel + WIDE <= rowBytes; panel += WIDE) multiplyPanel(source, lists, count, width, panels, target, panel, true);
  for (; panel < rowBytes; panel += NARROW) multiplyPanel(source, lists, count, width, panels, target, panel, false);
}

@inline function multiplyPanel(
  source: usize, lists: usize, count: i32, width: i32, panels: usize, target: usize, panel: usize, isWide: bool,
): void {
  const step = (<usize>width << 2) + GAP, weights = panels + panel * <usize>width;
  for (let row = 0; row < count; row++) {
    const x = source + <usize>row * step, y = target + <usize>row * step + panel;
    let at = lists + <usize>row * step + HEAD;
    const end = at + load<u32>(at - HEAD);
    let a = v128.load(y), b = v128.load(y, 16), c = a, d = a, e = a, f = a, g = a, h = a;
    if (isWide) {
      c = v128.load(y, 32); d = v128.load(y, 48); e = v128.load(y, 64); f = v128.load(y, 80); g = v128.load(y, 96); h = v128.load(y, 112);
    }
    for (; at < end; at += 4) {
      const unit = <usize>load<u32>(at), s = v128.load32_splat(x + unit), w = weights + (isWide ? unit << 5 : unit << 3);
      a = multiplyAdd(s, v128.load(w), a); b = multiplyAdd(s, v128.load(w, 16), b);
      if (isWide) {
        c = multiplyAdd(s, v128.load(w, 32), c); d = multiplyAdd(s, v128.load(w, 48), d);
        e = multiplyAdd(s, v128.load(w, 64), e); f = multiplyAdd(s, v128.load(w, 80), f);
        g = multiplyAdd(s, v128.load(w, 96), g); h = multiplyAdd(s, v128.load(w, 112), h);
      }
    }
    v128.store(y, a); v128.store(y, b, 16);
    if (isWide) {
      v128.store(y, c, 32); v128.store(y, d, 48); v128.store(y, e, 64); v128.store(y, f, 80); v128.store(y, g, 96); v128.store(y, h, 112);
    }
  }
}

/** target (rows of `width` numbers, without gaps) += transposed rectified source × b. */
export function addOpenOuter(source: usize, masks: usize, b: usize, width: i32, target: usize): void {
  const rowBytes = <usize>width << 2;
  let panel: usize = 0;
  for (; panel + WIDE <= rowBytes; panel += WIDE) addOuterPanel(source, masks, b + panel, width, target + panel, true);
  for (; panel < rowBytes; panel += NARROW) addOuterPanel(source, masks, b + panel, width, target + panel, false);
}

@inline function addOuterPanel(source: usize, masks: usize, rows: usize, width: i32, target: usize, isWide: bool): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP;
  for (let unit: usize = 0; unit < rowBytes; unit += 4, target += rowBytes) {
    let open = <u64>load<u32>(masks + unit) | (<u64>load<u32>(masks + rowBytes + unit) << 32);
    if (!open) continue;
    const x = source + unit;
    let a = v128.load(target), b = v128.load(target, 16), c = a, d = a, e = a, f = a, g = a, h = a;
    if (isWide) {
      c = v128.load(target, 32); d = v128.load(target, 48); e = v128.load(target, 64);
      f = v128.load(target, 80); g = v128.load(target, 96); h = v128.load(target, 112);
    }
    for (; open; open &= open - 1) {
      const at = <usize>ctz(open) * step, s = v128.load32_splat(x + at), y = rows + at;
      a = multiplyAdd(s, v128.load(y), a); b = multiplyAdd(s, v128.load(y, 16), b);
      if (isWide) {
        c = multiplyAdd(s, v128.load(y, 32), c); d = multiplyAdd(s, v128.load(y, 48), d);
        e = multiplyAdd(s, v128.load(y, 64), e); f = multiplyAdd(s, v128.load(y, 80), f);
        g = multiplyAdd(s, v128.load(y, 96), g); h = multiplyAdd(s, v128.load(y, 112), h);
      }
    }
    v128.store(target, a); v128.store(target, b, 16);
    if (isWide) {
      v128.store(target, c, 32); v128.store(target, d, 48); v128.store(target, e, 64);
      v128.store(target, f, 80); v128.store(target, g, 96); v128.store(target, h, 112);
    }
  }
}

/** The open units of rows += these rows × transposed weights, which are those of the parameters: a row without gaps for each unit. */
export function addOpenProducts(rows: usize, lists: usize, count: i32, width: i32, weights: usize, products: usize): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP;
  for (let row = 0; row < count; row++, rows += step, lists += step) {
    const units = lists + HEAD, end = <usize>load<u32>(lists);
    for (let i: usize = 0; i < end; i += 32) {
      const at = units + i, w = <usize>width;
      let p = weights + <usize>load<u32>(at) * w, q = weights + <usize>load<u32>(at, 4) * w;
      let r = weights + <usize>load<u32>(at, 8) * w, s = weights + <usize>load<u32>(at, 12) * w;
      let t = weights + <usize>load<u32>(at, 16) * w, u = weights + <usize>load<u32>(at, 20) * w;
      let v = weights + <usize>load<u32>(at, 24) * w, z = weights + <usize>load<u32>(at, 28) * w;
      let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
      for (let o: usize = 0; o < rowBytes; o += 16) {
        const y = v128.load(rows + o);
        a = multiplyAdd(y, v128.load(p + o), a); b = multiplyAdd(y, v128.load(q + o), b);
        c = multiplyAdd(y, v128.load(r + o), c); d = multiplyAdd(y, v128.load(s + o), d);
        e = multiplyAdd(y, v128.load(t + o), e); f = multiplyAdd(y, v128.load(u + o), f);
        g = multiplyAdd(y, v128.load(v + o), g); h = multiplyAdd(y, v128.load(z + o), h);
      }
      v128.store(products + i, horizontalSums(a, b, c, d));
      v128.store(products + i, horizontalSums(e, f, g, h), 16);
    }
    for (let i: usize = 0; i < end; i += 4) {
      const at = rows + <usize>load<u32>(units + i);
      store<f32>(at, load<f32>(at) + load<f32>(products + i));
    }
  }
}
