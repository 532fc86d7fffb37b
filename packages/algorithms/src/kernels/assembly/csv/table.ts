// The table: 10^0 … 10^18 as u64, 10^0 … 10^22 as f64, 128 bits each of 10^-348 … 10^347, then what sixteen bytes at a time need: constants (a load is
// cheaper than to build one), 32 bytes of 0 and 32 of 255 (16 bytes read at 16 + n: the last n are 255), and by the place of the point and the length:
// from where its sixteen digits come, and by what it is divided (positive, then negative).
export const doubles: usize = 152;
export const wide: usize = 336;
export const points: usize = 11472;
export const zeros: usize = 11488;
export const beyondNine: usize = 11504;
export const weights10: usize = 11520;
export const weights100: usize = 11536;
export const weights10000: usize = 11552;
export const lastBytes: usize = 11568;
export const eightPlaces: usize = 11632;
export const ones: usize = 11648;
export const commaBytes: usize = 11664;
export const newlineBytes: usize = 11680;
// Rows by leading zeros of 32 bits of which the last 16 are the bytes: 16 + digits behind the last point, or 32 without one. The first row is that of 16.
export const shuffles: usize = 11696 - 16 * 256;
export const divisors: usize = 16048 - 16 * 256;
// By bytes before the point, or 32 without one.
export const frontShuffles: usize = 20400;
export const frontDivisors: usize = 20928;

// The separator lists hold pointers less than they mean by this, so that what lies before a separator is read at an offset that is not negative.
export const bias: usize = 32;
