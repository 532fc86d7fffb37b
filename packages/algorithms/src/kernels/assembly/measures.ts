// What margins answer, and the losses of answers, summed over rows: of XGBoost's metrics. `weights` are per row, or 0. Answers may lie in the place of margins.
import { exponential, logarithm } from './simd/arithmetic';
import { keyOf, tableBytes, countDigits, sortKeys } from './sorting/radix';

@inline function load4(at: usize, row: usize, end: usize): v128 {
  return row + 4 <= end ? v128.load(at + (row << 2)) : loadRest(at, row, end);
}

/** Fewer than four numbers, and zeros. */
function loadRest(at: usize, row: usize, end: usize): v128 {
  let rest = f32x4.splat(load<f32>(at + (row << 2)));
  rest = f32x4.replace_lane(rest, 1, row + 1 < end ? load<f32>(at + (row << 2), 4) : 0);
  rest = f32x4.replace_lane(rest, 2, row + 2 < end ? load<f32>(at + (row << 2), 8) : 0);
  return f32x4.replace_lane(rest, 3, 0);
}

@inline function store4(at: usize, row: usize, end: usize, values: v128): void {
  if (row + 4 <= end) v128.store(at + (row << 2), values);
  else storeRest(at, row, end, values);
}

function storeRest(at: usize, row: usize, end: usize, values: v128): void {
  store<f32>(at + (row << 2), f32x4.extract_lane(values, 0));
  if (row + 1 < end) store<f32>(at + (row << 2), f32x4.extract_lane(values, 1), 4);
  if (row + 2 < end) store<f32>(at + (row << 2), f32x4.extract_lane(values, 2), 8);
}

/** Rows behind the end weigh nothing. */
@inline function weights4(weights: usize, row: usize, end: usize): v128 {
  if (weights) return load4(weights, row, end);
  if (row + 4 <= end) return f32x4.splat(1);
  return f32x4.convert_i32x4_s(v128.and(i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(<i32>(end - row))), i32x4.splat(1)));
}

@inline function lowDoubles(values: v128): v128 { return f64x2.promote_low_f32x4(values); }

@inline function highDoubles(values: v128): v128 { return f64x2.promote_low_f32x4(v128.shuffle<i64>(values, values, 1, 1)); }

@inline function addProducts(sum: v128, a: v128, b: v128): v128 {
  return f64x2.add(f64x2.add(sum, f64x2.mul(lowDoubles(a), lowDoubles(b))), f64x2.mul(highDoubles(a), highDoubles(b)));
}

@inline function total(sum: v128): f64 { return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1); }

/** Parallel-for over numbers. */
export function logistic_answers(margins: usize, answers: usize, first: i32, end: i32, block: i32): void {
  const one = f32x4.splat(1);
  for (let row = <usize>first; row < <usize>end; row += 4) {
    const power = exponential(f32x4.neg(load4(margins, row, <usize>end)));
    store4(answers, row, <usize>end, f32x4.div(one, f32x4.add(one, power)));
  }
}

/** Parallel-for over numbers. */
export function exponential_answers(margins: usize, answers: usize, first: i32, end: i32, block: i32): void {
  for (let row = <usize>first; row < <usize>end; row += 4) store4(answers, row, <usize>end, exponential(load4(margins, row, <usize>end)));
}

/** Parallel-for over numbers: 1 where the margin is above 0. */
export function label_answers(margins: usize, answers: usize, first: i32, end: i32, block: i32): void {
  for (let row = <usize>first; row < <usize>end; row += 4) {
    const above = f32x4.gt(load4(margins, row, <usize>end), f32x4.splat(0));
    store4(answers, row, <usize>end, v128.and(above, f32x4.splat(1)));
  }
}

/** Parallel-for over rows of `groups` margins. */
export function softmax_answers(margins: usize, answers: usize, groups: i32, first: i32, end: i32, block: i32): void {
  const width = <usize>groups;
  for (let row = <usize>first; row < <usize>end; row++) {
    const from = margins + (row * width << 2), to = answers + (row * width << 2);
    let greatest = load<f32>(from);
    for (let k: usize = 1; k < width; k++) greatest = max(greatest, load<f32>(from + (k << 2)));
    let sum: f64 = 0;
    for (let k: usize = 0; k < width; k += 4) {
      const powers = exponential(f32x4.sub(load4(from, k, width), f32x4.splat(greatest)));
      store4(to, k, width, powers);
      for (let i = k, last = min(k + 4, width); i < last; i++) sum += load<f32>(to + (i << 2));
    }
    for (let k: usize = 0; k < width; k++) store<f32>(to + (k << 2), <f32>(<f64>load<f32>(to + (k << 2)) / sum));
  }
}

/** Parallel-for over rows, as all that follow. Returns the sum of the block. */
export function weight_sum(weights: usize, first: i32, end: i32, block: i32): f64 {
  let sum: f64 = 0;
  for (let row = <usize>first; row < <usize>end; row++) sum += load<f32>(weights + (row << 2));
  return sum;
}

export function squared_error(answers: usize, labels: usize, weights: usize, first: i32, end: i32, block: i32): f64 {
  let low = f64x2.splat(0), high = f64x2.splat(0);
  for (let row = <usize>first; row < <usize>end; row += 4) {
    const answer = load4(answers, row, <usize>end), label = load4(labels, row, <usize>end), weight = weights4(weights, row, <usize>end);
    const lowError = f64x2.sub(lowDoubles(answer), lowDoubles(label)), highError = f64x2.sub(highDoubles(answer), highDoubles(label));
    low = f64x2.add(low, f64x2.mul(f64x2.mul(lowError, lowError), lowDoubles(weight)));
    high = f64x2.add(high, f64x2.mul(f64x2.mul(highError, highError), highDoubles(weight)));
  }
  return total(f64x2.add(low, high));
}

export function absolute_error(answers: usize, labels: usize, weights: usize, first: i32, end: i32, block: i32): f64 {
  let low = f64x2.splat(0), high = f64x2.splat(0);
  for (let row = <usize>first; row < <usize>end; row += 4) {
    const answer = load4(answers, row, <usize>end), label = load4(labels, row, <usize>end), weight = weights4(weights, row, <usize>end);
    low = f64x2.add(low, f64x2.mul(f64x2.abs(f64x2.sub(lowDoubles(answer), lowDoubles(label))), lowDoubles(weight)));
    high = f64x2.add(high, f64x2.mul(f64x2.abs(f64x2.sub(highDoubles(answer), highDoubles(label))), highDoubles(weight)));
  }
  return total(f64x2.add(low, high));
}

export function log_loss(answers: usize, labels: usize, weights: usize, first: i32, end: i32, block: i32): f64 {
  const one = f32x4.splat(1), least = f32x4.splat(1e-16);
  let sum = f64x2.splat(0);
  for (let row = <usize>first; row < <usize>end; row += 4) {
    const answer = load4(answers, row, <usize>end), label = load4(labels, row, <usize>end);
    const ofOne = f32x4.mul(label, logarithm(f32x4.max(answer, least)));
    const ofZero = f32x4.mul(f32x4.sub(one, label), logarithm(f32x4.max(f32x4.sub(one, answer), least)));
    // A logarithm knows no NaN; an answer that is none makes the sum NaN.
    const loss = f32x4.sub(f32x4.sub(answer, answer), f32x4.add(ofOne, ofZero));
    sum = addProducts(sum, loss, weights4(weights, row, <usize>end));
  }
  return total(sum);
}

/** An answer above the threshold says 1. */
export function threshold_error(answers: usize, labels: usize, weights: usize, threshold: f64, first: i32, end: i32, block: i32): f64 {
  let sum: f64 = 0;
  for (let row = <usize>first; row < <usize>end; row++) {
    const label = <f64>load<f32>(labels + (row << 2));
    const weight: f64 = weights ? load<f32>(weights + (row << 2)) : 1;
    sum += (<f64>load<f32>(answers + (row << 2)) > threshold ? 1 - label : label) * weight;
  }
  return sum;
}

/** `groups` answers per row; the loss of a label that has none is that of the least answer. */
export function class_log_loss(answers: usize, labels: usize, weights: usize, groups: i32, first: i32, end: i32, block: i32): f64 {
  let sum: f64 = 0;
  for (let row = <usize>first; row < <usize>end; row++) {
    const label = <i32>load<f32>(labels + (row << 2));
    const answer: f32 = <u32>label < <u32>groups ? load<f32>(answers + (row * <usize>groups + <usize>label << 2)) : 0;
    const loss = (answer - answer) - f32x4.extract_lane(logarithm(f32x4.splat(max<f32>(answer, 1e-16))), 0);
    sum += <f64>loss * (weights ? <f64>load<f32>(weights + (row << 2)) : 1);
  }
  return sum;
}

/** The first of the greatest answers is the class. */
export function class_error(answers: usize, labels: usize, weights: usize, groups: i32, first: i32, end: i32, block: i32): f64 {
  let sum: f64 = 0;
  for (let row = <usize>first; row < <usize>end; row++) {
    const own = answers + (row * <usize>groups << 2);
    let best = 0;
    for (let k = 1; k < groups; k++) if (load<f32>(own + (<usize>k << 2)) > load<f32>(own + (<usize>best << 2))) best = k;
    if (<f32>best != load<f32>(labels + (row << 2))) sum += weights ? <f64>load<f32>(weights + (row << 2)) : 1;
  }
  return sum;
}

/**
 * The numbers of rows by falling score, to the last quarter of `space`. The score of a row is `groups` numbers behind that of the row before. `space`: 16
 * bytes per row and 24,576.
 */
export function order_rows(scores: usize, groups: i32, count: i32, space: usize): void {
  const part = <usize>count << 2;
  const keys = space, other = space + part, rows = space + 2 * part, ordered = space + 3 * part, table = space + 4 * part;
  memory.fill(table, 0, tableBytes);
  for (let row: usize = 0; row < <usize>count; row++) {
    const key = ~keyOf(reinterpret<u32>(load<f32>(scores + (row * <usize>groups << 2)) + 0));
    store<u32>(keys + (row << 2), key);
    store<u32>(rows + (row << 2), row);
    countDigits(key, table);
  }
  sortKeys(keys, other, rows, ordered, count, table);
}
