// Nearest neighbours: distances between queries and panels of rows, and the k least of them.
// Panels hold eight rows, [panel][dimension][8]; a row's key is norm + factor × (query · row): smaller is nearer. Beside each place of a panel stand its
// norm (+Infinity where no row is) and the row's number. A list is a range of panels.
// What a query keeps is a heap of k entries with the farthest on top: keys (f32) and places (i32). Of equal keys the lower row number is nearer.
import { multiplyAdd } from './simd/arithmetic';

// Set at the start of each kernel; every thread has its own.
let k: i32 = 0;
let ids: usize = 0;
let norms: usize = 0;
let panels: usize = 0;
let panelBytes: usize = 0;
let factor = f32x4.splat(0);

@inline function idOf(place: i32): i32 { return place < 0 ? i32.MAX_VALUE : load<i32>(ids + (<usize>place << 2)); }

@inline function farther(key: f32, place: i32, thanKey: f32, thanPlace: i32): bool {
  return key > thanKey || (key == thanKey && idOf(place) > idOf(thanPlace));
}

/** Puts an entry into a heap of `count` from the place `at` downwards. */
function siftDown(keys: usize, places: usize, count: i32, at: i32, key: f32, place: i32): void {
  for (;;) {
    let child = 2 * at + 1;
    if (child >= count) break;
    let childKey = load<f32>(keys + (<usize>child << 2)), childPlace = load<i32>(places + (<usize>child << 2));
    if (child + 1 < count) {
      const otherKey = load<f32>(keys + (<usize>child << 2), 4), otherPlace = load<i32>(places + (<usize>child << 2), 4);
      if (farther(otherKey, otherPlace, childKey, childPlace)) { child++; childKey = otherKey; childPlace = otherPlace; }
    }
    if (!farther(childKey, childPlace, key, place)) break;
    store<f32>(keys + (<usize>at << 2), childKey);
    store<i32>(places + (<usize>at << 2), childPlace);
    at = child;
  }
  store<f32>(keys + (<usize>at << 2), key);
  store<i32>(places + (<usize>at << 2), place);
}

/** Keeps an entry if it is nearer than the farthest one kept. */
function offer(keys: usize, places: usize, key: f32, place: i32): void {
  if (!(key < Infinity)) return;
  if (farther(load<f32>(keys), load<i32>(places), key, place)) siftDown(keys, places, k, 0, key, place);
}

function offerFour(keys: usize, places: usize, candidates: v128, mask: i32, place: i32): void {
  if (mask & 1) offer(keys, places, f32x4.extract_lane(candidates, 0), place);
  if (mask & 2) offer(keys, places, f32x4.extract_lane(candidates, 1), place + 1);
  if (mask & 4) offer(keys, places, f32x4.extract_lane(candidates, 2), place + 2);
  if (mask & 8) offer(keys, places, f32x4.extract_lane(candidates, 3), place + 3);
}

/** Offers eight keys of one query, if any may be near enough; returns the threshold from then on. */
@inline function settle(a: v128, c: v128, threshold: v128, keys: usize, places: usize, place: i32): v128 {
  const near = f32x4.le(a, threshold), nearToo = f32x4.le(c, threshold);
  if (v128.any_true(v128.or(near, nearToo))) {
    offerFour(keys, places, a, i32x4.bitmask(near), place);
    offerFour(keys, places, c, i32x4.bitmask(nearToo), place + 4);
    return v128.load32_splat(keys);
  }
  return threshold;
}

/** Four queries (`x`) against the panels from `panel` to `last`; `h` are the queries' heaps: their keys, and their places at a distance. */
function scanFour(
  x0: usize, x1: usize, x2: usize, x3: usize, h0: usize, h1: usize, h2: usize, h3: usize, toPlaces: usize, panel: i32, last: i32,
): void {
  let t0 = v128.load32_splat(h0), t1 = v128.load32_splat(h1), t2 = v128.load32_splat(h2), t3 = v128.load32_splat(h3);
  const usedBytes = panelBytes >> 3;
  let at = panels + <usize>panel * panelBytes;
  for (; panel < last; panel++) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
    for (let o: usize = 0; o < usedBytes; o += 4, at += 32) {
      const p = v128.load(at), q = v128.load(at, 16);
      let s = v128.load32_splat(x0 + o); a0 = multiplyAdd(s, p, a0); c0 = multiplyAdd(s, q, c0);
      s = v128.load32_splat(x1 + o); a1 = multiplyAdd(s, p, a1); c1 = multiplyAdd(s, q, c1);
      s = v128.load32_splat(x2 + o); a2 = multiplyAdd(s, p, a2); c2 = multiplyAdd(s, q, c2);
      s = v128.load32_splat(x3 + o); a3 = multiplyAdd(s, p, a3); c3 = multiplyAdd(s, q, c3);
    }
    const place = panel << 3;
    const n = v128.load(norms + (<usize>place << 2)), m = v128.load(norms + (<usize>place << 2), 16);
    t0 = settle(multiplyAdd(a0, factor, n), multiplyAdd(c0, factor, m), t0, h0, h0 + toPlaces, place);
    t1 = settle(multiplyAdd(a1, factor, n), multiplyAdd(c1, factor, m), t1, h1, h1 + toPlaces, place);
    t2 = settle(multiplyAdd(a2, factor, n), multiplyAdd(c2, factor, m), t2, h2, h2 + toPlaces, place);
    t3 = settle(multiplyAdd(a3, factor, n), multiplyAdd(c3, factor, m), t3, h3, h3 + toPlaces, place);
  }
}

/** {@link scanFour} for one query. */
function scanOne(x: usize, h: usize, toPlaces: usize, panel: i32, last: i32): void {
  let t = v128.load32_splat(h);
  const usedBytes = panelBytes >> 3;
  let at = panels + <usize>panel * panelBytes;
  for (; panel < last; panel++) {
    let a = f32x4.splat(0), c = a;
    for (let o: usize = 0; o < usedBytes; o += 4, at += 32) {
      const s = v128.load32_splat(x + o);
      a = multiplyAdd(s, v128.load(at), a);
      c = multiplyAdd(s, v128.load(at, 16), c);
    }
    const place = panel << 3;
    const n = v128.load(norms + (<usize>place << 2)), m = v128.load(norms + (<usize>place << 2), 16);
    t = settle(multiplyAdd(a, factor, n), multiplyAdd(c, factor, m), t, h, h + toPlaces, place);
  }
}

@inline function useIndex(thePanels: usize, theNorms: usize, theIds: usize, dimensions: i32, theFactor: f32, neighbours: i32): void {
  panels = thePanels;
  norms = theNorms;
  ids = theIds;
  panelBytes = <usize>dimensions << 5;
  factor = f32x4.splat(theFactor);
  k = neighbours;
}

function clear(keys: usize, places: usize, entries: usize): void {
  for (let i: usize = 0; i < entries; i++) { store<f32>(keys + (i << 2), Infinity); store<i32>(places + (i << 2), -1); }
}

/**
 * Parallel-for over heaps of groups: item = group × `splits` + split. Every query of a group is compared with a split's share of all lists. A heap
 * of an item and a query lies at (item × `groupSize` + query in group) × k, its places as many bytes after its keys as `places` after `keys`.
 */
export function scan_all(
  thePanels: usize, theNorms: usize, theIds: usize, dimensions: i32, theFactor: f32, starts: usize, lists: i32,
  queries: usize, count: i32, groupSize: i32, splits: i32, neighbours: i32, keys: usize, places: usize, first: i32, end: i32, block: i32,
): void {
  useIndex(thePanels, theNorms, theIds, dimensions, theFactor, neighbours);
  const rowBytes = <usize>dimensions << 2, heapBytes = <usize>neighbours << 2, toPlaces = places - keys;
  for (let item = first; item < end; item++) {
    const group = item / splits, split = item % splits;
    const own = min(groupSize, count - group * groupSize);
    const x = queries + <usize>(group * groupSize) * rowBytes;
    const h = keys + <usize>(item * groupSize) * heapBytes;
    clear(h, h + toPlaces, <usize>own * <usize>neighbours);
    const lastList = <i32>(<i64>lists * (split + 1) / splits);
    for (let list = <i32>(<i64>lists * split / splits); list < lastList; list++) {
      const panel = load<i32>(starts + (<usize>list << 2)), last = load<i32>(starts + (<usize>list << 2), 4);
      let i = 0;
      for (; i + 4 <= own; i += 4) {
        const xi = x + <usize>i * rowBytes, hi = h + <usize>i * heapBytes;
        scanFour(
          xi, xi + rowBytes, xi + 2 * rowBytes, xi + 3 * rowBytes, hi, hi + heapBytes, hi + 2 * heapBytes, hi + 3 * heapBytes, toPlaces, panel, last,
        );
      }
      for (; i < own; i++) scanOne(x + <usize>i * rowBytes, h + <usize>i * heapBytes, toPlaces, panel, last);
    }
  }
}

/**
 * {@link scan_all} over chosen lists: `pairStarts` gives each group's range of pairs, ordered by list, of a list (`pairLists`) and a query in the
 * group (`pairQueries`). A split takes its share of the pairs.
 */
export function scan_chosen(
  thePanels: usize, theNorms: usize, theIds: usize, dimensions: i32, theFactor: f32, starts: usize, pairStarts: usize, pairLists: usize, pairQueries: usize,
  queries: usize, count: i32, groupSize: i32, splits: i32, neighbours: i32, keys: usize, places: usize, first: i32, end: i32, block: i32,
): void {
  useIndex(thePanels, theNorms, theIds, dimensions, theFactor, neighbours);
  const rowBytes = <usize>dimensions << 2, heapBytes = <usize>neighbours << 2, toPlaces = places - keys;
  for (let item = first; item < end; item++) {
    const group = item / splits, split = item % splits;
    const own = min(groupSize, count - group * groupSize);
    const x = queries + <usize>(group * groupSize) * rowBytes;
    const h = keys + <usize>(item * groupSize) * heapBytes;
    clear(h, h + toPlaces, <usize>own * <usize>neighbours);
    const begin = load<i32>(pairStarts + (<usize>group << 2)), pairs = load<i32>(pairStarts + (<usize>group << 2), 4) - begin;
    const lastPair = begin + <i32>(<i64>pairs * (split + 1) / splits);
    for (let pair = begin + <i32>(<i64>pairs * split / splits); pair < lastPair;) {
      const list = load<i32>(pairLists + (<usize>pair << 2));
      let next = pair + 1;
      while (next < lastPair && load<i32>(pairLists + (<usize>next << 2)) == list) next++;
      const panel = load<i32>(starts + (<usize>list << 2)), last = load<i32>(starts + (<usize>list << 2), 4);
      for (; pair + 4 <= next; pair += 4) {
        const q = pairQueries + (<usize>pair << 2);
        const q0 = <usize>load<i32>(q), q1 = <usize>load<i32>(q, 4), q2 = <usize>load<i32>(q, 8), q3 = <usize>load<i32>(q, 12);
        scanFour(
          x + q0 * rowBytes, x + q1 * rowBytes, x + q2 * rowBytes, x + q3 * rowBytes,
          h + q0 * heapBytes, h + q1 * heapBytes, h + q2 * heapBytes, h + q3 * heapBytes, toPlaces, panel, last,
        );
      }
      for (; pair < next; pair++) {
        const q = <usize>load<i32>(pairQueries + (<usize>pair << 2));
        scanOne(x + q * rowBytes, h + q * heapBytes, toPlaces, panel, last);
      }
    }
  }
}

// ---- A filter before the comparison: the first columns of rows in a rotated space, and the length of what they leave out ----
// By Cauchy and Schwarz, query · row is at most the dot product of their first columns plus the product of their remaining lengths: that is one dot
// product with a column more. Where the bound says that a row may be near enough, its panel is compared in full.

/** One query against one panel in full; returns the threshold from then on. */
function refine(x: usize, h: usize, toPlaces: usize, panel: i32): v128 {
  let a = f32x4.splat(0), c = a;
  let at = panels + <usize>panel * panelBytes;
  for (let o: usize = 0, used = panelBytes >> 3; o < used; o += 4, at += 32) {
    const s = v128.load32_splat(x + o);
    a = multiplyAdd(s, v128.load(at), a);
    c = multiplyAdd(s, v128.load(at, 16), c);
  }
  const place = panel << 3;
  const n = v128.load(norms + (<usize>place << 2)), m = v128.load(norms + (<usize>place << 2), 16);
  return settle(multiplyAdd(a, factor, n), multiplyAdd(c, factor, m), v128.load32_splat(h), h, h + toPlaces, place);
}

/** {@link scan_all} with a filter: `filter` has panels of `filterColumns`, `filterQueries` rows of as many. */
export function scan_filtered(
  thePanels: usize, theNorms: usize, theIds: usize, dimensions: i32, theFactor: f32, starts: usize, lists: i32,
  queries: usize, count: i32, groupSize: i32, splits: i32, neighbours: i32, keys: usize, places: usize,
  filter: usize, filterColumns: i32, filterQueries: usize, first: i32, end: i32, block: i32,
): void {
  useIndex(thePanels, theNorms, theIds, dimensions, theFactor, neighbours);
  const rowBytes = <usize>dimensions << 2, heapBytes = <usize>neighbours << 2, toPlaces = places - keys;
  const usedBytes = <usize>filterColumns << 2;
  for (let item = first; item < end; item++) {
    const group = item / splits, split = item % splits;
    const own = min(groupSize, count - group * groupSize);
    const x = queries + <usize>(group * groupSize) * rowBytes;
    const y = filterQueries + <usize>(group * groupSize) * usedBytes;
    const h = keys + <usize>(item * groupSize) * heapBytes;
    clear(h, h + toPlaces, <usize>own * <usize>neighbours);
    const lastList = <i32>(<i64>lists * (split + 1) / splits);
    for (let list = <i32>(<i64>lists * split / splits); list < lastList; list++) {
      const panel = load<i32>(starts + (<usize>list << 2)), last = load<i32>(starts + (<usize>list << 2), 4);
      for (let i = 0; i < own; i += 4) {
        // The last queries are compared in the place of the missing ones, whose results are not used.
        const i1 = min(i + 1, own - 1), i2 = min(i + 2, own - 1), i3 = min(i + 3, own - 1);
        filterFour(
          y + <usize>i * usedBytes, y + <usize>i1 * usedBytes, y + <usize>i2 * usedBytes, y + <usize>i3 * usedBytes,
          x + <usize>i * rowBytes, own - i, rowBytes, h + <usize>i * heapBytes, heapBytes, toPlaces, filter, usedBytes, panel, last,
        );
      }
    }
  }
}

/** Four queries, of which `used` count: `y` their filter columns, `x` and `h` the first one's numbers and heap. */
function filterFour(
  y0: usize, y1: usize, y2: usize, y3: usize, x: usize, used: i32, rowBytes: usize, h: usize, heapBytes: usize, toPlaces: usize,
  filter: usize, usedBytes: usize, panel: i32, last: i32,
): void {
  const minus = f32x4.splat(-Infinity);
  let t0 = v128.load32_splat(h), t1 = used > 1 ? v128.load32_splat(h + heapBytes) : minus;
  let t2 = used > 2 ? v128.load32_splat(h + 2 * heapBytes) : minus, t3 = used > 3 ? v128.load32_splat(h + 3 * heapBytes) : minus;
  let at = filter + <usize>panel * (usedBytes << 3);
  for (; panel < last; panel++) {
    let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, c0 = a0, c1 = a0, c2 = a0, c3 = a0;
    for (let o: usize = 0; o < usedBytes; o += 4, at += 32) {
      const p = v128.load(at), q = v128.load(at, 16);
      let s = v128.load32_splat(y0 + o); a0 = multiplyAdd(s, p, a0); c0 = multiplyAdd(s, q, c0);
      s = v128.load32_splat(y1 + o); a1 = multiplyAdd(s, p, a1); c1 = multiplyAdd(s, q, c1);
      s = v128.load32_splat(y2 + o); a2 = multiplyAdd(s, p, a2); c2 = multiplyAdd(s, q, c2);
      s = v128.load32_splat(y3 + o); a3 = multiplyAdd(s, p, a3); c3 = multiplyAdd(s, q, c3);
    }
    const n = v128.load(norms + (<usize>panel << 5)), m = v128.load(norms + (<usize>panel << 5), 16);
    a0 = v128.or(f32x4.le(multiplyAdd(a0, factor, n), t0), f32x4.le(multiplyAdd(c0, factor, m), t0));
    a1 = v128.or(f32x4.le(multiplyAdd(a1, factor, n), t1), f32x4.le(multiplyAdd(c1, factor, m), t1));
    a2 = v128.or(f32x4.le(multiplyAdd(a2, factor, n), t2), f32x4.le(multiplyAdd(c2, factor, m), t2));
    a3 = v128.or(f32x4.le(multiplyAdd(a3, factor, n), t3), f32x4.le(multiplyAdd(c3, factor, m), t3));
    if (v128.any_true(v128.or(v128.or(a0, a1), v128.or(a2, a3)))) {
      if (v128.any_true(a0)) t0 = refine(x, h, toPlaces, panel);
      if (v128.any_true(a1)) t1 = refine(x + rowBytes, h + heapBytes, toPlaces, panel);
      if (v128.any_true(a2)) t2 = refine(x + 2 * rowBytes, h + 2 * heapBytes, toPlaces, panel);
      if (v128.any_true(a3)) t3 = refine(x + 3 * rowBytes, h + 3 * heapBytes, toPlaces, panel);
    }
  }
}

/**
 * Parallel-for over panels: writes the filter's panels, `components` columns and one more: the products with the rows of `basis`, and the length of
 * the rest, which `slack` (a part of the squared length) makes larger than rounding can make it too small.
 */
export function fill_filter(
  thePanels: usize, dimensions: i32, basis: usize, components: i32, slack: f32, filter: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>dimensions << 2, bytes = <usize>dimensions << 5;
  for (let panel = first; panel < end; panel++) {
    const from = thePanels + <usize>panel * bytes;
    let to = filter + (<usize>panel * <usize>(components + 1) << 5);
    let whole = f32x4.splat(0), wholeToo = whole, part = whole, partToo = whole;
    for (let o: usize = 0; o < bytes; o += 32) {
      const p = v128.load(from + o), q = v128.load(from + o, 16);
      whole = multiplyAdd(p, p, whole); wholeToo = multiplyAdd(q, q, wholeToo);
    }
    for (let j = 0; j < components; j++, to += 32) {
      let a = f32x4.splat(0), c = a;
      const row = basis + <usize>j * rowBytes;
      for (let o: usize = 0; o < rowBytes; o += 4) {
        const s = v128.load32_splat(row + o);
        a = multiplyAdd(s, v128.load(from + (o << 3)), a);
        c = multiplyAdd(s, v128.load(from + (o << 3), 16), c);
      }
      v128.store(to, a); v128.store(to, c, 16);
      part = multiplyAdd(a, a, part); partToo = multiplyAdd(c, c, partToo);
    }
    const slacks = f32x4.splat(slack), zero = f32x4.splat(0);
    v128.store(to, f32x4.sqrt(multiplyAdd(whole, slacks, f32x4.max(f32x4.sub(whole, part), zero))));
    v128.store(to, f32x4.sqrt(multiplyAdd(wholeToo, slacks, f32x4.max(f32x4.sub(wholeToo, partToo), zero))), 16);
  }
}

/** Parallel-for over queries: their columns of the filter, as {@link fill_filter} writes those of rows. */
export function filter_queries(
  queries: usize, dimensions: i32, basis: usize, components: i32, slack: f32, target: usize, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>dimensions << 2;
  for (let query = first; query < end; query++) {
    const x = queries + <usize>query * rowBytes;
    let to = target + (<usize>query * <usize>(components + 1) << 2);
    let whole: f32 = 0, part: f32 = 0;
    for (let o: usize = 0; o < rowBytes; o += 4) { const value = load<f32>(x + o); whole += value * value; }
    for (let j = 0; j < components; j++, to += 4) {
      const row = basis + <usize>j * rowBytes;
      let sum: f32 = 0;
      for (let o: usize = 0; o < rowBytes; o += 4) sum += load<f32>(x + o) * load<f32>(row + o);
      store<f32>(to, sum);
      part += sum * sum;
    }
    store<f32>(to, sqrt<f32>(max<f32>(whole - part, 0) + whole * slack));
  }
}

/**
 * Parallel-for over queries: joins the heaps of a query's splits and writes its k neighbours, nearest first: distances, and row numbers (-1 where
 * there are fewer). With `exact`, distances are squared differences, computed anew; otherwise keys.
 */
export function collect(
  thePanels: usize, theIds: usize, dimensions: i32, queries: usize, groupSize: i32, splits: i32, neighbours: i32, keys: usize, places: usize,
  exact: i32, distances: usize, rows: usize, first: i32, end: i32, block: i32,
): void {
  useIndex(thePanels, 0, theIds, dimensions, 0, neighbours);
  const heapBytes = <usize>neighbours << 2;
  for (let query = first; query < end; query++) {
    const group = query / groupSize, own = query % groupSize;
    const slot = <usize>(group * splits * groupSize + own) * heapBytes;
    const hk = keys + slot, hp = places + slot;
    for (let split = 1; split < splits; split++) {
      const other = slot + <usize>(split * groupSize) * heapBytes;
      for (let i = 0; i < neighbours; i++)
        offer(hk, hp, load<f32>(keys + other + (<usize>i << 2)), load<i32>(places + other + (<usize>i << 2)));
    }
    if (exact) {
      for (let i: usize = 0; i < heapBytes; i += 4) {
        const place = load<i32>(hp + i);
        if (place >= 0) store<f32>(hk + i, squaredDifference(queries + <usize>query * (<usize>dimensions << 2), place));
      }
      for (let i = (neighbours >> 1) - 1; i >= 0; i--)
        siftDown(hk, hp, neighbours, i, load<f32>(hk + (<usize>i << 2)), load<i32>(hp + (<usize>i << 2)));
    }
    const out = <usize>query * heapBytes;
    for (let left = neighbours - 1; left >= 0; left--) {
      const place = load<i32>(hp), to = out + (<usize>left << 2);
      store<f32>(distances + to, load<f32>(hk));
      store<i32>(rows + to, place < 0 ? -1 : load<i32>(ids + (<usize>place << 2)));
      siftDown(hk, hp, left, 0, load<f32>(hk + (<usize>left << 2)), load<i32>(hp + (<usize>left << 2)));
    }
  }
}

function squaredDifference(query: usize, place: i32): f32 {
  let at = panels + <usize>(place >> 3) * panelBytes + (<usize>(place & 7) << 2);
  let sum: f32 = 0;
  for (let o: usize = 0, used = panelBytes >> 3; o < used; o += 4, at += 32) {
    const difference = load<f32>(query + o) - load<f32>(at);
    sum += difference * difference;
  }
  return sum;
}

/**
 * Parallel-for over panels: lays rows (`dimensions` numbers each, in the order of the places) into panels, less `origin` (0 for none), and writes
 * their norms: squared (`squared`), or 0. Places without a row have the id -1.
 */
export function pack_rows(
  rows: usize, theIds: usize, origin: usize, dimensions: i32, squared: i32, thePanels: usize, theNorms: usize, first: i32, end: i32, block: i32,
): void {
  for (let place = first << 3; place < end << 3; place++) {
    let to = thePanels + (<usize>(place >> 3) * <usize>dimensions << 5) + (<usize>(place & 7) << 2);
    const here = load<i32>(theIds + (<usize>place << 2)) >= 0;
    let from = rows + <usize>place * (<usize>dimensions << 2);
    let norm: f32 = 0;
    for (let i = 0; i < dimensions; i++, from += 4, to += 32) {
      const value: f32 = here ? load<f32>(from) - (origin ? load<f32>(origin + (<usize>i << 2)) : 0) : 0;
      norm += value * value;
      store<f32>(to, value);
    }
    store<f32>(theNorms + (<usize>place << 2), here ? (squared ? norm : 0) : Infinity);
  }
}

// ---- Product quantisation (Jégou, Douze, Schmid 2011): a row is its list's centre plus a residual of `m` parts, each one of 256 code words ----
// With r the quantised residual, ||q - c - r||² = ||q - c||² + (||r||² + 2 c·r) - 2 q·r: the middle term is stored per row, the last comes from a table per query.

/** The table of a query: for part p and code word j its dot product, [p][256]. Code words lie as [part][dimension of the part][256]. */
function fillTable(query: usize, codebook: usize, parts: i32, partDimensions: i32, table: usize): void {
  for (let p = 0; p < parts; p++) {
    for (let j: usize = 0; j < 1024; j += 64) {
      let a = f32x4.splat(0), b = a, c = a, d = a;
      let words = codebook + (<usize>(p * partDimensions) << 10) + j;
      for (let i = 0; i < partDimensions; i++, words += 1024) {
        const s = v128.load32_splat(query + (<usize>(p * partDimensions + i) << 2));
        a = multiplyAdd(s, v128.load(words), a);
        b = multiplyAdd(s, v128.load(words, 16), b);
        c = multiplyAdd(s, v128.load(words, 32), c);
        d = multiplyAdd(s, v128.load(words, 48), d);
      }
      const to = table + (<usize>p << 10) + j;
      v128.store(to, a); v128.store(to, b, 16); v128.store(to, c, 32); v128.store(to, d, 48);
    }
  }
}

@inline function lookUp(table: usize, code: usize): f32 { return load<f32>(table + (<usize>load<u8>(code) << 2)); }

@inline function sumOfParts(table: usize, code: usize, parts: i32): f32 {
  let a: f32 = 0, b: f32 = 0, c: f32 = 0, d: f32 = 0;
  let p = 0;
  for (; p + 4 <= parts; p += 4, table += 4096, code += 4) {
    a += lookUp(table, code);
    b += lookUp(table + 1024, code + 1);
    c += lookUp(table + 2048, code + 2);
    d += lookUp(table + 3072, code + 3);
  }
  for (; p < parts; p++, table += 1024, code++) a += lookUp(table, code);
  return (a + b) + (c + d);
}

/**
 * As scan_chosen over codes of `parts` bytes: item = query × `splits` + split, whose share of the query's `probes` lists it scans. `tables`: room
 * for a table per item. `centerDistances`: per query and probe the squared distance to the list's centre.
 */
export function scan_codes(
  codes: usize, terms: usize, theIds: usize, starts: usize, codebook: usize, parts: i32, partDimensions: i32, queries: usize, tables: usize,
  probeStarts: usize, probes: usize, centerDistances: usize, splits: i32, neighbours: i32, keys: usize, places: usize, first: i32, end: i32, block: i32,
): void {
  ids = theIds;
  k = neighbours;
  const table = tables + (<usize>(block * parts) << 10);
  for (let item = first; item < end; item++) {
    const query = item / splits, split = item % splits;
    const h = keys + (<usize>(item * neighbours) << 2), hp = places + (<usize>(item * neighbours) << 2);
    clear(h, hp, <usize>neighbours);
    fillTable(queries + (<usize>query * <usize>(parts * partDimensions) << 2), codebook, parts, partDimensions, table);
    const begin = load<i32>(probeStarts + (<usize>query << 2)), count = load<i32>(probeStarts + (<usize>query << 2), 4) - begin;
    const last = begin + <i32>(<i64>count * (split + 1) / splits);
    for (let i = begin + <i32>(<i64>count * split / splits); i < last; i++) {
      const list = load<i32>(probes + (<usize>i << 2));
      const base = load<f32>(centerDistances + (<usize>i << 2));
      let place = load<i32>(starts + (<usize>list << 2));
      const stop = load<i32>(starts + (<usize>list << 2), 4);
      let code = codes + <usize>place * <usize>parts;
      let threshold = load<f32>(h);
      for (; place < stop; place++, code += parts) {
        const key: f32 = base + load<f32>(terms + (<usize>place << 2)) - 2 * sumOfParts(table, code, parts);
        if (key <= threshold) { offer(h, hp, key, place); threshold = load<f32>(h); }
      }
    }
  }
}

/** Parallel-for over rows: writes ||r||² + 2 c·r of each, c the centre (rows of all dimensions) of its list. */
export function code_terms(
  codes: usize, lists: usize, centers: usize, codebook: usize, parts: i32, partDimensions: i32, terms: usize, first: i32, end: i32, block: i32,
): void {
  for (let row = first; row < end; row++) {
    let center = centers + (<usize>load<i32>(lists + (<usize>row << 2)) * <usize>(parts * partDimensions) << 2);
    let sum: f32 = 0;
    for (let p = 0; p < parts; p++) {
      let word = codebook + (<usize>(p * partDimensions) << 10) + (<usize>load<u8>(codes + <usize>row * <usize>parts + <usize>p) << 2);
      for (let i = 0; i < partDimensions; i++, word += 1024, center += 4) {
        const value = load<f32>(word);
        sum += value * (value + 2 * load<f32>(center));
      }
    }
    store<f32>(terms + (<usize>row << 2), sum);
  }
}
