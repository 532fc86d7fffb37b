// Splits by categories: one of them against the others, or a part of them. A bin of such a feature is a category. As XGBoost's `hist`; the order of
// categories by their gradients: Fisher, On grouping for maximum homogeneity, 1958.
import { gainOf, plainGain, weightOf } from './gain';

/** Numbers whose order as whole numbers is that of the weights, then of the categories. */
@inline function keyOf(weight: f32, category: i32): u64 {
  // The sum makes one zero of two.
  const bits = reinterpret<u32>(weight + 0);
  const ordered = bits >> 31 ? ~bits : bits | 0x80000000;
  return (<u64>ordered << 32) | <u64>category;
}

function sink(keys: usize, from: i32, count: i32): void {
  const key = load<u64>(keys + (<usize>from << 3));
  let place = from;
  for (let child = 2 * place + 1; child < count; child = 2 * place + 1) {
    if (child + 1 < count && load<u64>(keys + (<usize>child << 3), 8) > load<u64>(keys + (<usize>child << 3))) child++;
    const greater = load<u64>(keys + (<usize>child << 3));
    if (greater <= key) break;
    store<u64>(keys + (<usize>place << 3), greater);
    place = child;
  }
  store<u64>(keys + (<usize>place << 3), key);
}

function sort(keys: usize, count: i32): void {
  for (let from = (count >> 1) - 1; from >= 0; from--) sink(keys, from, count);
  for (let last = count - 1; last > 0; last--) {
    const greatest = load<u64>(keys);
    store<u64>(keys, load<u64>(keys + (<usize>last << 3)));
    store<u64>(keys + (<usize>last << 3), greatest);
    sink(keys, 0, last);
  }
}

@inline function setBit(bits: usize, at: i32): void {
  const place = bits + (<usize>(at >> 5) << 2);
  store<u32>(place, load<u32>(place) | (1 << (at & 31)));
}

/** Gain of two children over their parent; 0 where they may not be. */
function gainOfSplit(gl: f64, hl: f64, gr: f64, hr: f64, node: usize, parameters: usize, limited: bool, direction: i32): f32 {
  const lambda = load<f64>(parameters), alpha = load<f64>(parameters, 8), minimum = load<f64>(parameters, 16), step = load<f64>(parameters, 24);
  if (hl < minimum || hl <= 0 || hr < minimum || hr <= 0) return 0;
  const rootGain = load<f32>(node, 16);
  if (!limited) return plainGain(gl, hl, gr, hr, lambda, alpha) - rootGain;
  const lower = <f64>load<f32>(node, 20), upper = <f64>load<f32>(node, 24);
  const wl = weightOf(gl, hl, lambda, alpha, step, minimum, lower, upper), wr = weightOf(gr, hr, lambda, alpha, step, minimum, lower, upper);
  if ((direction > 0 && wl > wr) || (direction < 0 && wl < wr)) return 0;
  return gainOf(gl, hl, wl, lambda) + gainOf(gr, hr, wr, lambda) - rootGain;
}

@inline function write(result: usize, missingLeft: i32, gl: f64, hl: f64): void {
  store<i32>(result, missingLeft, 16);
  store<f64>(result, gl, 24);
  store<f64>(result, hl, 32);
}

/**
 * The best split by the categories of a feature that gains more than `best`: returns its gain, or `best`. Then `result` has which way missing values
 * go and the sums of the left side, and `bits` has a bit for each category that goes right, and behind them one for missing values. `oneHot`: one
 * category goes right. Else at most `most` - 1 of those in the order of their weights do, or all but so many. `keys`: a number of 64 bits per category.
 */
export function evaluateCategories(
  bins: usize, count: i32, oneHot: bool, most: i32, node: usize, parameters: usize, limited: bool, direction: i32, best: f32, result: usize,
  bits: usize, keys: usize,
): f32 {
  const lambda = load<f64>(parameters), alpha = load<f64>(parameters, 8), minimum = load<f64>(parameters, 16), step = load<f64>(parameters, 24);
  const unitG = load<f64>(parameters, 32), unitH = load<f64>(parameters, 40), G = load<f64>(node), H = load<f64>(node, 8);
  let from = 0, to = 0, missingLeft = 1;
  if (oneHot) {
    let all = i64x2.splat(0);
    for (let bin = 0; bin < count; bin++) all = i64x2.add(all, v128.load(bins + (<usize>bin << 4)));
    const missingG = G - <f64>i64x2.extract_lane(all, 0) * unitG, missingH = H - <f64>i64x2.extract_lane(all, 1) * unitH;
    for (let bin = 0; bin < count; bin++) {
      let gr = <f64>load<i64>(bins + (<usize>bin << 4)) * unitG, hr = <f64>load<i64>(bins + (<usize>bin << 4), 8) * unitH;
      for (let left = 1; left >= 0; left--) {
        const gain = gainOfSplit(G - gr, H - hr, gr, hr, node, parameters, limited, direction);
        if (gain > best) { best = gain; from = bin; to = bin + 1; missingLeft = left; write(result, left, G - gr, H - hr); }
        gr += missingG;
        hr += missingH;
      }
    }
  } else {
    for (let bin = 0; bin < count; bin++) {
      const g = <f64>load<i64>(bins + (<usize>bin << 4)) * unitG, h = <f64>load<i64>(bins + (<usize>bin << 4), 8) * unitH;
      store<u64>(keys + (<usize>bin << 3), keyOf(<f32>weightOf(g, h, lambda, alpha, step, minimum, -Infinity, Infinity), bin));
    }
    sort(keys, count);
    const steps = min(most, count) - 1;
    for (let left = 1; left >= 0; left--) {
      let sum = i64x2.splat(0);
      for (let i = 0; i < steps; i++) {
        const place = left ? i : count - 1 - i;
        sum = i64x2.add(sum, v128.load(bins + (<usize>load<u32>(keys + (<usize>place << 3)) << 4)));
        const g = <f64>i64x2.extract_lane(sum, 0) * unitG, h = <f64>i64x2.extract_lane(sum, 1) * unitH;
        const gl = left ? G - g : g, hl = left ? H - h : h;
        const gain = gainOfSplit(gl, hl, G - gl, H - hl, node, parameters, limited, direction);
        if (gain > best) { best = gain; to = left ? place + 1 : place; missingLeft = left; write(result, left, gl, hl); }
      }
    }
  }
  if (to == 0) return best;
  memory.fill(bits, 0, <usize>((count >> 5) + 1) << 2);
  for (let i = from; i < to; i++) setBit(bits, oneHot ? i : <i32>load<u32>(keys + (<usize>i << 3)));
  if (!missingLeft) setBit(bits, count);
  return best;
}
