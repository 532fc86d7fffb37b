// Arithmetic on four numbers at a time that several kernels share. Inlined into each: a kernel stays one module.

@inline export function multiplyAdd(a: v128, b: v128, c: v128): v128 { return f32x4.add(f32x4.mul(a, b), c); }

@inline export function horizontalSum(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** The sum of each of the four. */
@inline export function horizontalSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const x = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const y = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(x, y, 0, 1, 4, 5), v128.shuffle<f32>(x, y, 2, 3, 6, 7));
}

/** e^x for x in [-log(2) / 2, log(2) / 2], after Cephes. */
@inline export function exponentialNearZero(r: v128): v128 {
  let y = f32x4.splat(1.9875691500e-4);
  y = multiplyAdd(y, r, f32x4.splat(1.3981999507e-3));
  y = multiplyAdd(y, r, f32x4.splat(8.3334519073e-3));
  y = multiplyAdd(y, r, f32x4.splat(4.1665795894e-2));
  y = multiplyAdd(y, r, f32x4.splat(1.6666665459e-1));
  y = multiplyAdd(y, r, f32x4.splat(5.0000001201e-1));
  return f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1));
}

/** e^x after Cephes, 2 ulp; below -87 and above 88 it stays where it is. */
@inline export function exponential(v: v128): v128 {
  const x = f32x4.min(f32x4.max(v, f32x4.splat(-87)), f32x4.splat(88));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(exponentialNearZero(r), scale);
}

/** log(1 + x) for x in [sqrt(1/2) - 1, sqrt(2) - 1], after Cephes. */
@inline export function logarithmNearOne(x: v128): v128 {
  let y = f32x4.splat(7.0376836292e-2);
  y = multiplyAdd(y, x, f32x4.splat(-1.1514610310e-1));
  y = multiplyAdd(y, x, f32x4.splat(1.1676998740e-1));
  y = multiplyAdd(y, x, f32x4.splat(-1.2420140846e-1));
  y = multiplyAdd(y, x, f32x4.splat(1.4249322787e-1));
  y = multiplyAdd(y, x, f32x4.splat(-1.6668057665e-1));
  y = multiplyAdd(y, x, f32x4.splat(2.0000714765e-1));
  y = multiplyAdd(y, x, f32x4.splat(-2.4999993993e-1));
  y = multiplyAdd(y, x, f32x4.splat(3.3333331174e-1));
  const square = f32x4.mul(x, x);
  return f32x4.add(x, multiplyAdd(f32x4.mul(y, x), square, f32x4.mul(square, f32x4.splat(-0.5))));
}

/** Natural logarithms of normal positive numbers. */
@inline export function logarithm(x: v128): v128 {
  // The mantissa is moved to [sqrt(1/2), sqrt(2)).
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const exponent = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  return f32x4.add(logarithmNearOne(f32x4.sub(mantissa, f32x4.splat(1))), f32x4.mul(exponent, f32x4.splat(0.69314718)));
}
