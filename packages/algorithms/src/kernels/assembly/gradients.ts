// First and second derivatives of the common objectives, and what a tree adds to the margins of rows. Gradients: two numbers per row, group by group.

import { exponentialNearZero } from './simd/arithmetic';

@inline function exponential(value: f32): f32 {
  const x = min<f32>(max<f32>(value, -87), 88);
  const power = floor<f32>(x * 1.44269504 + 0.5);
  const r = x - power * 0.693359375 + power * 2.12194440e-4;
  let y: f32 = 1.9875691500e-4;
  y = y * r + 1.3981999507e-3;
  y = y * r + 8.3334519073e-3;
  y = y * r + 4.1665795894e-2;
  y = y * r + 1.6666665459e-1;
  y = y * r + 5.0000001201e-1;
  y = y * r * r + r + 1;
  return y * reinterpret<f32>((<i32>power + 127) << 23);
}

/** Parallel-for over rows. `weights` may be 0; `positive`: weight of label 1. */
export function squared_error(
  margins: usize, labels: usize, weights: usize, positive: f64, gradients: usize, first: i32, end: i32, block: i32,
): void {
  for (let row = <usize>first; row < <usize>end; row++) {
    const label = load<f32>(labels + (row << 2));
    let weight: f32 = weights ? load<f32>(weights + (row << 2)) : 1;
    if (label == 1) weight *= <f32>positive;
    store<f32>(gradients + (row << 3), (load<f32>(margins + (row << 2)) - label) * weight);
    store<f32>(gradients + (row << 3), weight, 4);
  }
}

@inline function exponentials(value: v128): v128 {
  const x = f32x4.min(f32x4.max(value, f32x4.splat(-87)), f32x4.splat(88));
  const power = f32x4.floor(f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(0.5)));
  const r = f32x4.add(f32x4.sub(x, f32x4.mul(power, f32x4.splat(0.693359375))), f32x4.mul(power, f32x4.splat(2.12194440e-4)));
  return f32x4.mul(exponentialNearZero(r), i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(power), i32x4.splat(127)), 23));
}

@inline function logisticRows(margins: v128, labels: v128, weights: v128, positive: v128, gradients: usize): void {
  const weight = f32x4.mul(weights, v128.bitselect(positive, f32x4.splat(1), f32x4.eq(labels, f32x4.splat(1))));
  const p = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exponentials(f32x4.neg(margins))));
  const g = f32x4.mul(f32x4.sub(p, labels), weight);
  const h = f32x4.mul(f32x4.max(f32x4.mul(p, f32x4.sub(f32x4.splat(1), p)), f32x4.splat(1e-16)), weight);
  v128.store(gradients, v128.shuffle<f32>(g, h, 0, 4, 1, 5));
  v128.store(gradients + 16, v128.shuffle<f32>(g, h, 2, 6, 3, 7));
}

/** Parallel-for over rows; blocks begin at multiples of four. */
export function logistic(
  margins: usize, labels: usize, weights: usize, positive: f64, gradients: usize, first: i32, end: i32, block: i32,
): void {
  const special = f32x4.splat(<f32>positive), one = f32x4.splat(1);
  let row = <usize>first;
  for (; row + 4 <= <usize>end; row += 4) {
    const at = row << 2;
    logisticRows(v128.load(margins + at), v128.load(labels + at), weights ? v128.load(weights + at) : one, special, gradients + (at << 1));
  }
  for (; row < <usize>end; row++) {
    const label = load<f32>(labels + (row << 2));
    let weight: f32 = weights ? load<f32>(weights + (row << 2)) : 1;
    if (label == 1) weight *= <f32>positive;
    const p: f32 = 1 / (1 + exponential(-load<f32>(margins + (row << 2))));
    store<f32>(gradients + (row << 3), (p - label) * weight);
    store<f32>(gradients + (row << 3), max<f32>(p * (1 - p), 1e-16) * weight, 4);
  }
}

/** Parallel-for over rows; margins of a row side by side. */
export function softmax(
  margins: usize, labels: usize, weights: usize, groups: i32, rowCount: i32, gradients: usize, first: i32, end: i32, block: i32,
): void {
  for (let row = <usize>first; row < <usize>end; row++) {
    const own = margins + ((row * <usize>groups) << 2);
    const label = <i32>load<f32>(labels + (row << 2));
    const weight: f32 = weights ? load<f32>(weights + (row << 2)) : 1;
    let greatest = load<f32>(own);
    for (let k = 1; k < groups; k++) greatest = max(greatest, load<f32>(own + (<usize>k << 2)));
    let sum: f64 = 0;
    for (let k = 0; k < groups; k++) sum += exponential(load<f32>(own + (<usize>k << 2)) - greatest);
    for (let k = 0; k < groups; k++) {
      const p = <f32>(<f64>exponential(load<f32>(own + (<usize>k << 2)) - greatest) / sum);
      const place = gradients + ((<usize>k * <usize>rowCount + row) << 3);
      store<f32>(place, (k == label ? p - 1 : p) * weight);
      store<f32>(place, max<f32>(2 * p * (1 - p) * weight, 1e-16), 4);
    }
  }
}

/** Whether a value that is there goes left, with the first word of the node. By categories: of a number of words, then bits, a set bit goes right. */
@inline function below(value: f32, word: i32, node: usize): bool {
  if (!(word & 0x40000000)) return value < load<f32>(node, 8);
  if (!(value >= 0 && value <= 16777216)) return true;
  const bits = <usize>load<u32>(node, 8), category = <u32>value;
  return category >> 5 >= load<u32>(bits) || !((load<u32>(bits + (<usize>(category >> 5) << 2), 4) >> (category & 31)) & 1);
}

/** Parallel-for over rows: adds `factor` times a tree's leaves. Nodes of 16 bytes: left child, with bit 30 set of a split by categories, or -1; feature with bit 31 where missing goes left; condition, leaf value, or pointer of categories; right child. Dense rows, NaN where missing. */
export function add_tree_dense(
  nodes: usize, factor: f64, values: usize, stride: i32, features: i32, margins: usize, groups: i32, group: i32, first: i32, end: i32, block: i32,
): void {
  for (let row = first; row < end; row++) {
    const own = values + (<usize>row * <usize>stride << 2);
    let node = nodes;
    for (let left = load<i32>(node); left >= 0; left = load<i32>(node)) {
      const word = load<u32>(node, 4), feature = word & 0x7fffffff;
      const value: f32 = <i32>feature < features ? load<f32>(own + (<usize>feature << 2)) : NaN;
      const goesLeft = value != value ? (word >> 31) != 0 : below(value, left, node);
      node = nodes + (<usize>(goesLeft ? left : load<i32>(node, 12)) << 4);
    }
    const margin = margins + ((<usize>row * <usize>groups + <usize>group) << 2);
    store<f32>(margin, load<f32>(margin) + <f32>factor * load<f32>(node, 8));
  }
}

/** As `add_tree_dense` for sparse rows, whose entries ascend. */
export function add_tree_sparse(
  nodes: usize, factor: f64, indices: usize, values: usize, starts: usize, margins: usize, groups: i32, group: i32, first: i32, end: i32, block: i32,
): void {
  for (let row = first; row < end; row++) {
    const begin = load<u32>(starts + (<usize>row << 2)), finish = load<u32>(starts + (<usize>row << 2), 4);
    let node = nodes;
    for (let left = load<i32>(node); left >= 0; left = load<i32>(node)) {
      const word = load<u32>(node, 4), feature = word & 0x7fffffff;
      let from = begin, to = finish;
      while (from < to) {
        const middle = (from + to) >> 1;
        if (load<u32>(indices + (<usize>middle << 2)) < feature) from = middle + 1;
        else to = middle;
      }
      const present = from < finish && load<u32>(indices + (<usize>from << 2)) == feature;
      const goesLeft = present ? below(load<f32>(values + (<usize>from << 2)), left, node) : (word >> 31) != 0;
      node = nodes + (<usize>(goesLeft ? left : load<i32>(node, 12)) << 4);
    }
    const margin = margins + ((<usize>row * <usize>groups + <usize>group) << 2);
    store<f32>(margin, load<f32>(margin) + <f32>factor * load<f32>(node, 8));
  }
}
