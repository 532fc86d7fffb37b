// Weights and gains of nodes, with XGBoost's roundings to 32 bits. Parameters: lambda, alpha, least sum of second derivatives, greatest step, then
// what 1 stands for in sums of first and of second derivatives.

@inline function threshold(value: f64, alpha: f64): f64 { return value > alpha ? value - alpha : value < -alpha ? value + alpha : 0; }

@inline export function weightOf(g: f64, h: f64, lambda: f64, alpha: f64, step: f64, minimum: f64, lower: f64, upper: f64): f64 {
  if (h < minimum || h <= 0) return 0;
  let weight = -threshold(g, alpha) / (h + lambda);
  if (step > 0) weight = max(-step, min(step, weight));
  return max(lower, min(upper, <f64><f32>weight));
}

/** As XGBoost has it: without the L1 term. */
@inline export function gainOf(g: f64, h: f64, weight: f64, lambda: f64): f32 {
  return h <= 0 ? 0 : <f32>(-(2 * g * weight + (h + lambda) * weight * weight));
}

/** Gain of two children without constraints: both quotients in one division. */
@inline export function plainGain(gl: f64, hl: f64, gr: f64, hr: f64, lambda: f64, alpha: f64): f32 {
  const g = alpha == 0 ? f64x2(gl, gr) : f64x2(threshold(gl, alpha), threshold(gr, alpha));
  const quotients = f64x2.div(f64x2.mul(g, g), f64x2.add(f64x2(hl, hr), f64x2.splat(lambda)));
  return <f32>f64x2.extract_lane(quotients, 0) + <f32>f64x2.extract_lane(quotients, 1);
}
