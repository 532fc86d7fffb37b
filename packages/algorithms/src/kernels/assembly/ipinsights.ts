// Entities as vectors, addresses as vectors of an encoder, and how both learn from pairs. Vectors have `width` numbers, a multiple of eight; what pads them
// stays zero. The encoder's parameters are rows of `width` numbers:
//   32 rows of weights of the bits of an address, which count as 1 or -1, and their bias; then for each layer `width` rows of weights and its bias.
// A layer adds to its input h what it makes of it: h + rectified(h) × weights + bias.
//
// The bits are not multiplied: `tables` has for each of the eight groups of four bits the 16 sums that they may have (the bias among those of the first).
// Gradients of a block are kept in its slot: 128 rows for these sums, and behind them the rows of the layers as they lie in the parameters.
import { multiplyAdd } from './simd/arithmetic';
import { addOpenOuter, addOpenProducts, BLOCK, GAP, listOpenUnits, maskOpenRows, multiplyOpen } from './ipinsights/open-units';

@inline function mixed(seed: u64, index: u64): u64 {
  let z = seed + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

@inline function seedOf(low: u32, high: u32): u64 { return <u64>high << 32 | <u64>low; }

/** Parallel-for over addresses: draws each from all there are. */
export function draw_addresses(addresses: usize, low: u32, high: u32, first: i32, end: i32, block: i32): void {
  const seed = seedOf(low, high);
  for (let i = first; i < end; i++) store<u32>(addresses + (<usize>i << 2), <u32>(mixed(seed, <u64>i) >> 32));
}

/** Parallel-for over rows: draws `columns` numbers of each between -scale and scale, and clears those behind. */
export function draw_rows(rows: usize, width: i32, columns: i32, low: u32, high: u32, scale: f32, first: i32, end: i32, block: i32): void {
  const seed = seedOf(low, high);
  for (let row = first; row < end; row++) {
    const target = rows + ((<usize>row * <usize>width) << 2);
    for (let i = 0; i < width; i++) {
      const share = <f64>(mixed(seed, <u64>row * <u64>columns + <u64>i) >> 11) * 1.1102230246251565e-16;
      store<f32>(target + (<usize>i << 2), i < columns ? <f32>((2 * share - 1) * <f64>scale) : 0);
    }
  }
}

// ---- The encoder ----

/** Fills `tables`, 128 rows, from the first 33 rows of the parameters. */
export function pack_tables(parameters: usize, width: i32, tables: usize): void {
  const rowBytes = <usize>width << 2;
  for (let group = 0; group < 8; group++) {
    for (let value = 0; value < 16; value++) {
      const target = tables + <usize>(group * 16 + value) * rowBytes;
      for (let o: usize = 0; o < rowBytes; o += 16) {
        let sum = group == 0 ? v128.load(parameters + 32 * rowBytes + o) : f32x4.splat(0);
        for (let bit = 0; bit < 4; bit++) {
          const weight = v128.load(parameters + <usize>(group * 4 + bit) * rowBytes + o);
          sum = (value >> (3 - bit)) & 1 ? f32x4.add(sum, weight) : f32x4.sub(sum, weight);
        }
        v128.store(target + o, sum);
      }
    }
  }
}

@inline function layerAt(parameters: usize, width: i32, layer: i32): usize {
  const rowBytes = <usize>width << 2;
  return parameters + (33 + <usize>layer * <usize>(width + 1)) * rowBytes;
}

/** Parallel-for over eights of the columns of all layers: packs their weights in panels, of 32 columns as long as there are so many. */
export function pack_layers(parameters: usize, width: i32, packed: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>width << 2;
  const eights = width >> 3;
  for (let item = first; item < end; item++) {
    const eight = item % eights, layer = item / eights;
    const isWide = (eight | 3) < eights;
    const column = <usize>eight << 5, inPanel: usize = isWide ? column & 127 : 0, step: usize = isWide ? 128 : 32;
    const source = layerAt(parameters, width, layer) + column;
    const target = packed + <usize>layer * rowBytes * <usize>width + (column - inPanel) * <usize>width + inPanel;
    for (let row: usize = 0; row < <usize>width; row++) {
      v128.store(target + row * step, v128.load(source + row * rowBytes));
      v128.store(target + row * step, v128.load(source + row * rowBytes, 16), 16);
    }
  }
}

@inline function tableRow(tables: usize, address: u32, group: u32, rowBytes: usize): usize {
  return tables + <usize>(group * 16 + ((address >> (28 - 4 * group)) & 15)) * rowBytes;
}

/** The first vectors of `count` addresses: eight rows of the tables, added up. */
function addBits(addresses: usize, count: i32, tables: usize, width: i32, target: usize): void {
  const rowBytes = <usize>width << 2;
  for (let row = 0; row < count; row++, target += rowBytes + GAP) {
    const address = load<u32>(addresses + (<usize>row << 2));
    const t0 = tableRow(tables, address, 0, rowBytes), t1 = tableRow(tables, address, 1, rowBytes);
    const t2 = tableRow(tables, address, 2, rowBytes), t3 = tableRow(tables, address, 3, rowBytes);
    const t4 = tableRow(tables, address, 4, rowBytes), t5 = tableRow(tables, address, 5, rowBytes);
    const t6 = tableRow(tables, address, 6, rowBytes), t7 = tableRow(tables, address, 7, rowBytes);
    for (let o: usize = 0; o < rowBytes; o += 16) {
      const a = f32x4.add(f32x4.add(v128.load(t0 + o), v128.load(t1 + o)), f32x4.add(v128.load(t2 + o), v128.load(t3 + o)));
      const b = f32x4.add(f32x4.add(v128.load(t4 + o), v128.load(t5 + o)), f32x4.add(v128.load(t6 + o), v128.load(t7 + o)));
      v128.store(target + o, f32x4.add(a, b));
    }
  }
}

@inline function slabBytes(width: i32): usize { return <usize>BLOCK * ((<usize>width << 2) + GAP); }

/** Scratch: the inputs of all layers and the last one's output, and a slab for lists of open units. Returns the output's slab. */
function forward(addresses: usize, count: i32, tables: usize, packed: usize, parameters: usize, layers: i32, width: i32, scratch: usize): usize {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP, slab = slabBytes(width);
  const lists = scratch + <usize>(layers + 1) * slab;
  addBits(addresses, count, tables, width, scratch);
  for (let layer = 0; layer < layers; layer++) {
    const input = scratch + <usize>layer * slab, output = input + slab;
    const bias = layerAt(parameters, width, layer) + <usize>width * rowBytes;
    for (let row = 0; row < count; row++) {
      const x = input + <usize>row * step, y = output + <usize>row * step;
      for (let o: usize = 0; o < rowBytes; o += 16) v128.store(y + o, f32x4.add(v128.load(x + o), v128.load(bias + o)));
    }
    listOpenUnits(input, count, width, lists);
    multiplyOpen(input, lists, count, width, packed + <usize>layer * rowBytes * <usize>width, output);
  }
  return scratch + <usize>layers * slab;
}

/** Adds to the slot what the gradients of the outputs (in a slab of their own, which is used up) mean for the parameters. */
function backward(
  addresses: usize, count: i32, gradients: usize, parameters: usize, layers: i32, width: i32, scratch: usize, slot: usize,
): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP, slab = slabBytes(width);
  const lists = scratch + <usize>(layers + 1) * slab, room = lists + slab;
  for (let layer = layers - 1; layer >= 0; layer--) {
    const input = scratch + <usize>layer * slab;
    const target = slot + (128 + <usize>layer * <usize>(width + 1)) * rowBytes;
    maskOpenRows(input, count, width, room);
    addOpenOuter(input, room, gradients, width, target);
    const bias = target + <usize>width * rowBytes;
    for (let row = 0; row < count; row++) {
      const g = gradients + <usize>row * step;
      for (let o: usize = 0; o < rowBytes; o += 16) v128.store(bias + o, f32x4.add(v128.load(bias + o), v128.load(g + o)));
    }
    listOpenUnits(input, count, width, lists);
    addOpenProducts(gradients, lists, count, width, layerAt(parameters, width, layer), room);
  }
  for (let row = 0; row < count; row++) {
    const address = load<u32>(addresses + (<usize>row << 2));
    const g = gradients + <usize>row * step;
    for (let group: u32 = 0; group < 8; group++) {
      const target = tableRow(slot, address, group, rowBytes);
      for (let o: usize = 0; o < rowBytes; o += 16) v128.store(target + o, f32x4.add(v128.load(target + o), v128.load(g + o)));
    }
  }
}

/** Parallel-for over addresses: writes their vectors. */
export function encode(
  addresses: usize, tables: usize, packed: usize, parameters: usize, layers: i32, width: i32, vectors: usize, scratch: usize, scratchBytes: usize,
  first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP;
  const own = scratch + <usize>block * scratchBytes;
  for (let from = first; from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const output = forward(addresses + (<usize>from << 2), count, tables, packed, parameters, layers, width, own);
    for (let row = 0; row < count; row++) memory.copy(vectors + <usize>(from + row) * rowBytes, output + <usize>row * step, rowBytes);
  }
}

// ---- Pairs ----

@inline function exponential(v: f32): f32 {
  const x: f32 = max<f32>(v, -87);
  const n = nearest<f32>(x * 1.44269504);
  const r: f32 = x - n * 0.693359375 + n * 2.12194440e-4;
  let y: f32 = 1.9875691500e-4;
  y = y * r + 1.3981999507e-3;
  y = y * r + 8.3334519073e-3;
  y = y * r + 4.1665795894e-2;
  y = y * r + 1.6666665459e-1;
  y = y * r + 5.0000001201e-1;
  return (y * r * r + r + 1) * reinterpret<f32>((<i32>n + 127) << 23);
}

/** log(1 + x) for x in [0, 1]. */
@inline function logarithmOfOneAnd(x: f32): f32 {
  const upper = x > 0.41421356;
  const near: f32 = upper ? (x - 1) * 0.5 : x;
  let y: f32 = 7.0376836292e-2;
  y = y * near - 1.1514610310e-1;
  y = y * near + 1.1676998740e-1;
  y = y * near - 1.2420140846e-1;
  y = y * near + 1.4249322787e-1;
  y = y * near - 1.6668057665e-1;
  y = y * near + 2.0000714765e-1;
  y = y * near - 2.4999993993e-1;
  y = y * near + 3.3333331174e-1;
  const square = near * near;
  return near + y * near * square - 0.5 * square + (upper ? <f32>0.69314718 : 0);
}

@inline function dot(a: usize, b: usize, rowBytes: usize): f32 {
  let s = f32x4.splat(0), t = s;
  for (let o: usize = 0; o < rowBytes; o += 32) {
    s = multiplyAdd(v128.load(a + o), v128.load(b + o), s);
    t = multiplyAdd(v128.load(a + o, 16), v128.load(b + o, 16), t);
  }
  s = f32x4.add(s, t);
  return (f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1)) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
}

/** The probability that a pair with this dot product is one of the data. */
@inline function probability(score: f32): f32 {
  const e = exponential(-abs<f32>(score));
  return (score >= 0 ? <f32>1 : e) / (1 + e);
}

/** Log loss of a pair that is none of the data; that of one of the data with the sign of its score turned. */
@inline function lossOfNegative(score: f32): f32 { return max<f32>(score, 0) + logarithmOfOneAnd(exponential(-abs<f32>(score))); }

/** target = factor × source, or target += factor × source. */
@inline function addScaled(source: usize, factor: f32, target: usize, rowBytes: usize, keep: bool): void {
  const f = f32x4.splat(factor);
  for (let o: usize = 0; o < rowBytes; o += 16) {
    const product = f32x4.mul(f, v128.load(source + o));
    v128.store(target + o, keep ? f32x4.add(v128.load(target + o), product) : product);
  }
}

@inline function entityAt(table: usize, entities: usize, row: i32, rowBytes: usize): usize {
  return table + <usize>load<u32>(entities + (<usize>row << 2)) * rowBytes;
}

/** Reads a little of every line of the cache that a row lies in, so that the row is there when it is needed. */
@inline function fetch(row: usize, rowBytes: usize): void {
  for (let o: usize = 0; o < rowBytes; o += 64) v128.load(row + o);
}

/** Parallel-for over pairs: the dot products of entities and the vectors of addresses. */
export function score_pairs(table: usize, entities: usize, vectors: usize, width: i32, scores: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>width << 2;
  for (let row = first; row < end; row++)
    store<f32>(scores + (<usize>row << 2), dot(entityAt(table, entities, row, rowBytes), vectors + <usize>row * rowBytes, rowBytes));
}

/**
 * Parallel-for over pairs of the data: compares each entity with its address and with those that `shuffles` orders of the batch put in its place. Writes
 * the slopes of the loss, first of all pairs and then of those of each order, and the gradients of the entities. Returns the block's loss.
 */
export function compare_pairs(
  table: usize, entities: usize, addresses: usize, vectors: usize, width: i32, pairs: i32, orders: usize, shuffles: i32, slopes: usize, gradients: usize,
  first: i32, end: i32, block: i32,
): f64 {
  const rowBytes = <usize>width << 2;
  let loss: f64 = 0;
  for (let row = first; row < end; row++) {
    if (row + 2 < end) fetch(entityAt(table, entities, row + 2, rowBytes), rowBytes);
    const entity = entityAt(table, entities, row, rowBytes);
    const address = load<u32>(addresses + (<usize>row << 2));
    const own = vectors + <usize>row * rowBytes, gradient = gradients + <usize>row * rowBytes;
    const score = dot(entity, own, rowBytes);
    const slope: f32 = probability(score) - 1;
    loss += <f64>lossOfNegative(-score);
    store<f32>(slopes + (<usize>row << 2), slope);
    addScaled(own, slope, gradient, rowBytes, false);
    for (let shuffle = 0; shuffle < shuffles; shuffle++) {
      const other = load<i32>(orders + ((<usize>shuffle * <usize>pairs + <usize>row) << 2));
      const at = slopes + ((<usize>(shuffle + 1) * <usize>pairs + <usize>row) << 2);
      // The address of the pair itself is no example of one that does not belong to the entity.
      if (load<u32>(addresses + (<usize>other << 2)) == address) { store<f32>(at, 0); continue; }
      const vector = vectors + <usize>other * rowBytes;
      const score = dot(entity, vector, rowBytes);
      const slope = probability(score);
      loss += <f64>lossOfNegative(score);
      store<f32>(at, slope);
      addScaled(vector, slope, gradient, rowBytes, true);
    }
  }
  return loss;
}

/**
 * Parallel-for over pairs of the data: adds what the slopes of {@link compare_pairs} mean for the encoder to the block's slot, which is cleared first.
 * `places`: the inverse of each order.
 */
export function learn_pairs(
  table: usize, entities: usize, addresses: usize, tables: usize, packed: usize, parameters: usize, layers: i32, width: i32,
  pairs: i32, places: usize, shuffles: i32, slopes: usize, slots: usize, slotBytes: usize, scratch: usize, scratchBytes: usize,
  first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP, slab = slabBytes(width);
  const own = scratch + <usize>block * scratchBytes, slot = slots + <usize>block * slotBytes;
  const gradients = own + <usize>(layers + 3) * slab;
  memory.fill(slot, 0, slotBytes);
  for (let from = first; from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const part = addresses + (<usize>from << 2);
    // The last layer's output is not needed again.
    if (layers > 0) forward(part, count, tables, packed, parameters, layers - 1, width, own);
    for (let row = 0; row < count; row++) {
      const gradient = gradients + <usize>row * step;
      const at = <usize>(from + row);
      addScaled(entityAt(table, entities, from + row, rowBytes), load<f32>(slopes + (at << 2)), gradient, rowBytes, false);
      for (let shuffle = 0; shuffle < shuffles; shuffle++) {
        const pair = load<i32>(places + ((<usize>shuffle * <usize>pairs + at) << 2));
        const slope = load<f32>(slopes + ((<usize>(shuffle + 1) * <usize>pairs + <usize>pair) << 2));
        addScaled(entityAt(table, entities, pair, rowBytes), slope, gradient, rowBytes, true);
      }
    }
    backward(part, count, gradients, parameters, layers, width, own, slot);
  }
}

/**
 * Parallel-for over pairs of entities and addresses drawn at random: adds to the gradients of the entities and to the block's slot. Returns the block's loss.
 */
export function learn_random(
  table: usize, entities: usize, addresses: usize, tables: usize, packed: usize, parameters: usize, layers: i32, width: i32,
  entityGradients: usize, slots: usize, slotBytes: usize, scratch: usize, scratchBytes: usize, first: i32, end: i32, block: i32,
): f64 {
  const rowBytes = <usize>width << 2, step = rowBytes + GAP, slab = slabBytes(width);
  const own = scratch + <usize>block * scratchBytes, slot = slots + <usize>block * slotBytes;
  const gradients = own + <usize>(layers + 3) * slab;
  let loss: f64 = 0;
  for (let from = first; from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const part = addresses + (<usize>from << 2);
    const output = forward(part, count, tables, packed, parameters, layers, width, own);
    for (let row = 0; row < count; row++) {
      const entity = entityAt(table, entities, from + row, rowBytes), vector = output + <usize>row * step;
      const score = dot(entity, vector, rowBytes);
      const slope = probability(score);
      loss += <f64>lossOfNegative(score);
      addScaled(vector, slope, entityGradients + <usize>(from + row) * rowBytes, rowBytes, true);
      addScaled(entity, slope, gradients + <usize>row * step, rowBytes, false);
    }
    backward(part, count, gradients, parameters, layers, width, own, slot);
  }
  return loss;
}

/** Parallel-for over the rows of the parameters: their gradients, from the slots of `blocks` blocks in order. */
export function collect_gradients(slots: usize, slotBytes: usize, blocks: i32, width: i32, gradients: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>width << 2;
  for (let row = first; row < end; row++) {
    const target = gradients + <usize>row * rowBytes;
    memory.fill(target, 0, rowBytes);
    for (let b = 0; b < blocks; b++) {
      const slot = slots + <usize>b * slotBytes;
      if (row > 32) { addScaled(slot + <usize>(128 + row - 33) * rowBytes, 1, target, rowBytes, true); continue; }
      const group = row == 32 ? 0 : row >> 2;
      for (let value = 0; value < 16; value++) {
        const isSet = row == 32 || ((value >> (3 - (row & 3))) & 1) == 1;
        addScaled(slot + <usize>(group * 16 + value) * rowBytes, isSet ? 1 : -1, target, rowBytes, true);
      }
    }
  }
}

/** Parallel-for over groups: the sum of the rows whose numbers are listed from starts[group] to starts[group + 1]. */
export function sum_groups(rows: usize, members: usize, starts: usize, width: i32, sums: usize, first: i32, end: i32, block: i32): void {
  const rowBytes = <usize>width << 2;
  for (let group = first; group < end; group++) {
    const from = load<i32>(starts + (<usize>group << 2)), to = load<i32>(starts + (<usize>group << 2), 4);
    const target = sums + <usize>group * rowBytes;
    memory.copy(target, rows + <usize>load<i32>(members + (<usize>from << 2)) * rowBytes, rowBytes);
    for (let member = from + 1; member < to; member++)
      addScaled(rows + <usize>load<i32>(members + (<usize>member << 2)) * rowBytes, 1, target, rowBytes, true);
  }
}

/**
 * Parallel-for over rows of gradients: a step of Adam on the rows of `table` that `numbers` names (0: one after another). `means` and `squares` are its
 * running moments; `meanScale` and `squareScale` make up for their start at zero. `scale` multiplies the gradients.
 */
export function adam(
  table: usize, means: usize, squares: usize, numbers: usize, gradients: usize, width: i32, scale: f32, decay: f32, rate: f32, meanScale: f32,
  squareScale: f32, first: i32, end: i32, block: i32,
): void {
  const rowBytes = <usize>width << 2;
  const s = f32x4.splat(scale), d = f32x4.splat(decay), r = f32x4.splat(rate * meanScale), q = f32x4.splat(squareScale);
  const keepMean = f32x4.splat(0.9), newMean = f32x4.splat(0.1), keepSquare = f32x4.splat(0.999), newSquare = f32x4.splat(0.001);
  const epsilon = f32x4.splat(1e-8);
  for (let row = first; row < end; row++) {
    const number: usize = numbers ? <usize>load<u32>(numbers + (<usize>row << 2)) : <usize>row;
    if (numbers && row + 1 < end) {
      const next = <usize>load<u32>(numbers + (<usize>(row + 1) << 2)) * rowBytes;
      fetch(table + next, rowBytes); fetch(means + next, rowBytes); fetch(squares + next, rowBytes);
    }
    const w = table + number * rowBytes, m = means + number * rowBytes, v = squares + number * rowBytes, g = gradients + <usize>row * rowBytes;
    for (let o: usize = 0; o < rowBytes; o += 16) {
      const weight = v128.load(w + o);
      const gradient = multiplyAdd(d, weight, f32x4.mul(s, v128.load(g + o)));
      const mean = multiplyAdd(keepMean, v128.load(m + o), f32x4.mul(newMean, gradient));
      const square = multiplyAdd(keepSquare, v128.load(v + o), f32x4.mul(newSquare, f32x4.mul(gradient, gradient)));
      v128.store(m + o, mean);
      v128.store(v + o, square);
      const step = f32x4.div(f32x4.mul(r, mean), f32x4.add(f32x4.sqrt(f32x4.mul(q, square)), epsilon));
      v128.store(w + o, f32x4.sub(weight, step));
    }
  }
}
