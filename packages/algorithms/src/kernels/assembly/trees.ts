/**
 * Sums of regression trees. A node has 16 bytes: the condition (f32), the place of its feature in a row in bytes with bit 0 set where a
 * missing value goes right (u32), the pointer of its left child, which the right one follows (u32), and the value of a leaf (f32). A leaf
 * has NaN as its condition and is its own left child: a walk that has come to one stays. A node that splits on categories has the condition
 * NaN too, bit 1 of the feature set, and in place of the value the pointer of its categories: their number of words, then bits; a set bit goes right.
 *
 * A tree has 16 bytes as well: the pointer of its root, the number of steps after which every walk is at a leaf, its output, and its kind:
 * 0 to walk several rows at once for that many steps, 1 to walk one row until it is at a leaf, 2 the same with categories.
 */

@inline function step(node: u32, row: u32): u32 {
  const feature = load<u32>(node, 4);
  const value = load<f32>(row + (feature & ~3));
  const right = <u32>(value >= load<f32>(node)) | (<u32>(value != value) & feature);
  return load<u32>(node, 8) + (right << 4);
}

@inline function walk(root: u32, row: u32): f32 {
  let node = root;
  for (let next = step(node, row); next != node; next = step(node, row)) node = next;
  return load<f32>(node, 12);
}

function stepCategories(node: u32, row: u32): u32 {
  const feature = load<u32>(node, 4);
  if (!(feature & 2)) return step(node, row);
  const value = load<f32>(row + (feature & ~3));
  let right: u32 = 0;
  if (value != value) right = feature & 1;
  else if (value >= 0 && value <= 16777216) {
    const category = <u32>value;
    const bits = load<u32>(node, 12);
    if (category >> 5 < load<u32>(bits)) right = load<u32>(bits + 4 + (category >> 5 << 2)) >> (category & 31) & 1;
  }
  return load<u32>(node, 8) + (right << 4);
}

function walkCategories(root: u32, row: u32): f32 {
  let node = root;
  for (let next = stepCategories(node, row); next != node; next = stepCategories(node, row)) node = next;
  return load<f32>(node, 12);
}

@inline function add(scores: u32, value: f32): void {
  store<f32>(scores, load<f32>(scores) + value);
}

/** Eight rows at a time, because each step waits for the one before it, and those of other rows need not. */
@inline function walkRows(root: u32, steps: i32, rows: u32, rowBytes: u32, count: i32, scores: u32, scoreBytes: u32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const r0 = rows + <u32>i * rowBytes, r1 = r0 + rowBytes, r2 = r1 + rowBytes, r3 = r2 + rowBytes;
    const r4 = r3 + rowBytes, r5 = r4 + rowBytes, r6 = r5 + rowBytes, r7 = r6 + rowBytes;
    let n0 = root, n1 = root, n2 = root, n3 = root, n4 = root, n5 = root, n6 = root, n7 = root;
    for (let s = 0; s < steps; s++) {
      n0 = step(n0, r0); n1 = step(n1, r1); n2 = step(n2, r2); n3 = step(n3, r3);
      n4 = step(n4, r4); n5 = step(n5, r5); n6 = step(n6, r6); n7 = step(n7, r7);
    }
    let at = scores + <u32>i * scoreBytes;
    add(at, load<f32>(n0, 12)); at += scoreBytes; add(at, load<f32>(n1, 12)); at += scoreBytes;
    add(at, load<f32>(n2, 12)); at += scoreBytes; add(at, load<f32>(n3, 12)); at += scoreBytes;
    add(at, load<f32>(n4, 12)); at += scoreBytes; add(at, load<f32>(n5, 12)); at += scoreBytes;
    add(at, load<f32>(n6, 12)); at += scoreBytes; add(at, load<f32>(n7, 12));
  }
  for (; i < count; i++) add(scores + <u32>i * scoreBytes, walk(root, rows + <u32>i * rowBytes));
}

/** Parallel-for over rows: adds the values of all trees to `scores` ([row][output] f32), in the order of the trees. */
export function score_rows(
  trees: u32, count: i32, rows: u32, rowBytes: u32, scores: u32, outputs: i32, first: i32, end: i32, block: i32,
): void {
  const scoreBytes = <u32>outputs << 2;
  const own = rows + <u32>first * rowBytes;
  const target = scores + <u32>first * scoreBytes;
  for (let t = 0; t < count; t++) {
    const tree = trees + (<u32>t << 4);
    const root = load<u32>(tree), output = target + (load<u32>(tree, 8) << 2), kind = load<u32>(tree, 12);
    if (kind == 0) walkRows(root, load<i32>(tree, 4), own, rowBytes, end - first, output, scoreBytes);
    else for (let i = 0, n = end - first; i < n; i++) {
      const row = own + <u32>i * rowBytes;
      add(output + <u32>i * scoreBytes, kind == 1 ? walk(root, row) : walkCategories(root, row));
    }
  }
}

/** One row, eight trees at a time, else as {@link score_rows}. */
export function score_row(trees: u32, count: i32, row: u32, scores: u32): void {
  let t = 0;
  while (t < count) {
    const tree = trees + (<u32>t << 4);
    if (t + 8 <= count && allKind0(tree)) {
      let n0 = load<u32>(tree), n1 = load<u32>(tree, 16), n2 = load<u32>(tree, 32), n3 = load<u32>(tree, 48);
      let n4 = load<u32>(tree, 64), n5 = load<u32>(tree, 80), n6 = load<u32>(tree, 96), n7 = load<u32>(tree, 112);
      let steps = 0;
      for (let k: u32 = 0; k < 128; k += 16) steps = max(steps, load<i32>(tree + k, 4));
      for (let s = 0; s < steps; s++) {
        n0 = step(n0, row); n1 = step(n1, row); n2 = step(n2, row); n3 = step(n3, row);
        n4 = step(n4, row); n5 = step(n5, row); n6 = step(n6, row); n7 = step(n7, row);
      }
      addOutput(scores, tree, n0); addOutput(scores, tree + 16, n1); addOutput(scores, tree + 32, n2); addOutput(scores, tree + 48, n3);
      addOutput(scores, tree + 64, n4); addOutput(scores, tree + 80, n5); addOutput(scores, tree + 96, n6); addOutput(scores, tree + 112, n7);
      t += 8;
    } else {
      const root = load<u32>(tree);
      add(scores + (load<u32>(tree, 8) << 2), load<u32>(tree, 12) == 2 ? walkCategories(root, row) : walk(root, row));
      t++;
    }
  }
}

@inline function allKind0(tree: u32): bool {
  let kinds: u32 = 0;
  for (let k: u32 = 0; k < 128; k += 16) kinds |= load<u32>(tree + k, 12);
  return kinds == 0;
}

@inline function addOutput(scores: u32, tree: u32, node: u32): void {
  add(scores + (load<u32>(tree, 8) << 2), load<f32>(node, 12));
}
