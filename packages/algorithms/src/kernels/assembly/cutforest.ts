// Random cut trees: growing them over sampled points, and scoring points against them. Points are padded with zeros to a multiple of four numbers.
//
// A node has 16 bytes, in preorder, so that the left child follows its parent:
//   i32  mass << 16 | dimension of the cut, or 0xffff for a leaf
//   f32  value of the cut: what is not greater goes left
//   i32  the right child, or the point of a leaf
//   i32  the place of the node's box, or -1 for a leaf
// Children and points count from the start of the tree's nodes and of all points. A box has `stride` lower and `stride` upper bounds.

const LEAF: i32 = 0xffff;
const NODE: usize = 16;

@inline function dimensionOf(node: usize): i32 { return load<i32>(node) & 0xffff; }
@inline function massOf(node: usize): i32 { return load<i32>(node) >>> 16; }

/** The next of a tree's own random numbers (splitmix64), in [0, 1). */
@inline function uniform(state: usize): f64 {
  const next = load<u64>(state) + 0x9e3779b97f4a7c15;
  store<u64>(state, next);
  let z = next;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return <f64>((z ^ (z >> 31)) >> 11) * 1.1102230246251565e-16;
}

/** Writes the least and the greatest of every dimension over the points that are listed from `from` to `to`. */
@inline function boundPoints(points: usize, pointBytes: usize, from: usize, to: usize, box: usize): void {
  memory.copy(box, points + <usize>load<i32>(from) * pointBytes, pointBytes);
  memory.copy(box + pointBytes, box, pointBytes);
  for (let member = from + 4; member < to; member += 4) {
    const point = points + <usize>load<i32>(member) * pointBytes;
    for (let o: usize = 0; o < pointBytes; o += 16) {
      const x = v128.load(point + o), low = box + o, high = low + pointBytes;
      v128.store(low, f32x4.pmin(v128.load(low), x));
      v128.store(high, f32x4.pmax(v128.load(high), x));
    }
  }
}

@inline function rangeOf(box: usize, pointBytes: usize, column: usize): f64 {
  const low = box + (column << 2);
  return <f64>load<f32>(low + pointBytes) - <f64>load<f32>(low);
}

/** The sum of all ranges of a box: in 64 bits, because 32 may overflow. */
@inline function sizeOf(box: usize, pointBytes: usize): f64 {
  let sum: f64 = 0;
  for (let column: usize = 0, columns = pointBytes >> 2; column < columns; column++) sum += rangeOf(box, pointBytes, column);
  return sum;
}

/** Moves the members whose number is not greater than the cut to the front; returns where the others begin. */
@inline function partition(points: usize, pointBytes: usize, column: usize, cut: f32, from: usize, to: usize): usize {
  let left = from, right = to;
  while (left < right) {
    const member = load<i32>(left);
    if (load<f32>(points + <usize>member * pointBytes + (column << 2)) <= cut) { left += 4; continue; }
    right -= 4;
    store<i32>(left, load<i32>(right));
    store<i32>(right, member);
  }
  return left;
}

/**
 * Parallel-for over trees: grows each over its `samples` members (numbers of points, which are put into the order of the leaves) with its own
 * random state (8 bytes in `states`). A tree has room for 2 × samples - 1 nodes, and in `counts` gets the number of those it has. `scratch` has
 * per block a box (2 × stride numbers) and a stack (3 × (samples + 1) numbers), rounded up to `scratchBytes`.
 */
export function grow_trees(
  points: usize, stride: i32, members: usize, samples: i32, states: usize, nodes: usize, counts: usize, scratch: usize, scratchBytes: i32,
  first: i32, end: i32, block: i32,
): void {
  const pointBytes = <usize>stride << 2;
  const box = scratch + <usize>block * <usize>scratchBytes;
  const bottom = box + 2 * pointBytes;
  for (let tree = first; tree < end; tree++) {
    const own = members + <usize>tree * <usize>samples * 4;
    const state = states + <usize>tree * 8;
    const root = nodes + <usize>tree * (2 * <usize>samples - 1) * NODE;
    let count = 0, boxes = 0;
    let top = bottom;
    store<u32>(top, <u32>own); store<u32>(top, <u32>(own + (<usize>samples << 2)), 4); store<i32>(top, -1, 8);
    top += 12;
    while (top > bottom) {
      top -= 12;
      const from = <usize>load<u32>(top), to = <usize>load<u32>(top, 4), parent = load<i32>(top, 8);
      if (parent >= 0) store<i32>(root + <usize>parent * NODE, count, 8);
      const node = root + <usize>count * NODE;
      const mass = <i32>((to - from) >> 2);
      boundPoints(points, pointBytes, from, to, box);
      const size = sizeOf(box, pointBytes);
      if (size == 0) {
        store<i32>(node, mass << 16 | LEAF); store<f32>(node, 0, 4); store<i32>(node, load<i32>(from), 8); store<i32>(node, -1, 12);
        count++;
        continue;
      }
      let left = uniform(state) * size;
      let column: usize = 0, cut: f32 = 0;
      for (let candidate: usize = 0, columns = pointBytes >> 2; candidate < columns; candidate++) {
        const range = rangeOf(box, pointBytes, candidate);
        if (range == 0) continue;
        // Also when rounding leaves a little behind the last dimension: it is then this one.
        column = candidate;
        const low = load<f32>(box + (candidate << 2));
        cut = <f32>(<f64>low + left);
        // Both sides get a point: the greatest number is above the cut, even when that was rounded.
        if (!(cut < load<f32>(box + (candidate << 2) + pointBytes))) cut = low;
        if (left < range) break;
        left -= range;
      }
      const middle = partition(points, pointBytes, column, cut, from, to);
      store<i32>(node, mass << 16 | <i32>column); store<f32>(node, cut, 4); store<i32>(node, 0, 8); store<i32>(node, boxes++, 12);
      store<u32>(top, <u32>middle); store<u32>(top, <u32>to, 4); store<i32>(top, count, 8);
      store<u32>(top, <u32>from, 12); store<u32>(top, <u32>middle, 16); store<i32>(top, -1, 20);
      top += 24;
      count++;
    }
    store<i32>(counts + (<usize>tree << 2), count);
  }
}

@inline function boxAt(boxes: usize, pointBytes: usize, place: i32): usize { return boxes + <usize>place * 2 * pointBytes; }

/** Where the lower bounds of a subtree are; the upper ones are `pointBytes` further for a box, and the same for a leaf's point. */
@inline function lowOf(node: usize, points: usize, boxes: usize, pointBytes: usize): usize {
  return dimensionOf(node) == LEAF ? points + <usize>load<i32>(node, 8) * pointBytes : boxAt(boxes, pointBytes, load<i32>(node, 12));
}

/** Parallel-for over trees (`roots`: numbers of their first nodes, and of the one behind the last): fills `boxes` and their `sizes` (64 bits). */
export function bound_trees(nodes: usize, roots: usize, points: usize, stride: i32, boxes: usize, sizes: usize, first: i32, end: i32, block: i32): void {
  const pointBytes = <usize>stride << 2;
  for (let tree = first; tree < end; tree++) {
    const root = nodes + <usize>load<i32>(roots + (<usize>tree << 2)) * NODE;
    // Backwards: children before their parents.
    for (let node = nodes + <usize>load<i32>(roots + (<usize>tree << 2), 4) * NODE; node > root;) {
      node -= NODE;
      if (dimensionOf(node) == LEAF) continue;
      const left = node + NODE, right = root + <usize>load<i32>(node, 8) * NODE;
      const a = lowOf(left, points, boxes, pointBytes), b = lowOf(right, points, boxes, pointBytes);
      const high = a + (dimensionOf(left) == LEAF ? 0 : pointBytes), otherHigh = b + (dimensionOf(right) == LEAF ? 0 : pointBytes);
      const place = load<i32>(node, 12);
      const box = boxAt(boxes, pointBytes, place);
      for (let o: usize = 0; o < pointBytes; o += 16) {
        v128.store(box + o, f32x4.pmin(v128.load(a + o), v128.load(b + o)));
        v128.store(box + pointBytes + o, f32x4.pmax(v128.load(high + o), v128.load(otherHigh + o)));
      }
      store<f64>(sizes + (<usize>place << 3), sizeOf(box, pointBytes));
    }
  }
}

@inline function isEqual(a: usize, b: usize, bytes: usize): bool {
  for (let o: usize = 0; o < bytes; o += 16) {
    if (!i32x4.all_true(f32x4.eq(v128.load(a + o), v128.load(b + o)))) return false;
  }
  return true;
}

/** How far each of four numbers lies outside its bounds. */
@inline function outside(x: v128, low: v128, high: v128): v128 {
  return f32x4.pmax(f32x4.pmax(f32x4.sub(low, x), f32x4.sub(x, high)), f32x4.splat(0));
}

/** By how much the sides of the box would grow, together, to take the point in. */
@inline function growth(point: usize, box: usize, pointBytes: usize): f32 {
  const high = box + pointBytes;
  let sum = f32x4.splat(0), other = sum;
  let o: usize = 0;
  for (; o + 16 < pointBytes; o += 32) {
    sum = f32x4.add(sum, outside(v128.load(point + o), v128.load(box + o), v128.load(high + o)));
    other = f32x4.add(other, outside(v128.load(point + o, 16), v128.load(box + o, 16), v128.load(high + o, 16)));
  }
  if (o < pointBytes) sum = f32x4.add(sum, outside(v128.load(point + o), v128.load(box + o), v128.load(high + o)));
  sum = f32x4.add(sum, other);
  return (f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
}

/**
 * Parallel-for over rows: writes each one's score (64 bits), the mean over all trees of the expected score of the place where a random cut would
 * part the row from the tree's points. `logs`: log2(mass + 1) for every mass, 64 bits. `scratch`: per block room for a path, `pathBytes`.
 */
export function score_rows(
  rows: usize, stride: i32, nodes: usize, roots: usize, trees: i32, points: usize, boxes: usize, sizes: usize, logs: usize, scores: usize,
  scratch: usize, pathBytes: i32, first: i32, end: i32, block: i32,
): void {
  const pointBytes = <usize>stride << 2;
  const path = scratch + <usize>block * <usize>pathBytes;
  memory.fill(scores + (<usize>first << 3), 0, <usize>(end - first) << 3);
  // A tree at a time, because it stays in the cache for all rows of the block.
  for (let tree = 0; tree < trees; tree++) {
    const root = nodes + <usize>load<i32>(roots + (<usize>tree << 2)) * NODE;
    const treeMass = massOf(root);
    for (let row = first; row < end; row++) {
      const x = rows + <usize>row * pointBytes;
      let node = root, depth = 0;
      for (let column = dimensionOf(node); column != LEAF; column = dimensionOf(node)) {
        store<u32>(path + (<usize>depth << 2), <u32>node);
        depth++;
        node = load<f32>(x + (<usize>column << 2)) <= load<f32>(node, 4) ? node + NODE : root + <usize>load<i32>(node, 8) * NODE;
      }
      let score: f64;
      if (isEqual(x, points + <usize>load<i32>(node, 8) * pointBytes, pointBytes)) {
        const mass = massOf(node);
        score = (1 - <f64>mass / (2 * <f64>treeMass)) / (<f64>depth + load<f64>(logs + (<usize>mass << 3)));
      } else {
        score = 1 / <f64>(depth + 1);
        while (depth > 0) {
          depth--;
          const place = load<i32>(<usize>load<u32>(path + (<usize>depth << 2)), 12);
          const grown = <f64>growth(x, boxAt(boxes, pointBytes, place), pointBytes);
          // Inside this box, and so inside all that are around it.
          if (grown == 0) break;
          const apart = grown == Infinity ? 1 : grown / (grown + load<f64>(sizes + (<usize>place << 3)));
          score = apart / <f64>(depth + 1) + (1 - apart) * score;
        }
      }
      const at = scores + (<usize>row << 3);
      store<f64>(at, load<f64>(at) + score * load<f64>(logs + (<usize>treeMass << 3)));
    }
  }
  for (let row = first; row < end; row++) {
    const at = scores + (<usize>row << 3);
    store<f64>(at, load<f64>(at) / <f64>trees);
  }
}
