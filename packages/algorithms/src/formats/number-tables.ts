/** Tables that kernels read numbers with: powers of ten, and where digits go. */
import type { Kernels } from '../kernels/kernels.ts';

/** Returns the pointer of a copy that is the caller's to free. */
export function numberTables(kernels: Kernels): number {
  powers ??= computePowers();
  const pointer = kernels.heap.allocate(powers.byteLength);
  new BigUint64Array(kernels.heap.memory.buffer, pointer, powers.length).set(powers);
  return pointer;
}

/** A constant; kept because it takes some milliseconds to compute. */
let powers: BigUint64Array | undefined;

/**
 * 10^0 … 10^18 as whole numbers, 10^0 … 10^22 as doubles, 128 bits of 10^-348 … 10^347, low word first, then constants for sixteen bytes at a time,
 * and tables by the place of the point; the kernel says where each begins.
 */
function computePowers(): BigUint64Array {
  const whole = Array.from({ length: 19 }, (_, power) => 10n ** BigInt(power));
  const doubles = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
  const wide = Array.from({ length: 696 }, (_, index) => topBits(index - 348));
  const eightTimes = (byte: number): bigint => 0x0101_0101_0101_0101n * BigInt(byte);
  const bytes = [46, 48, 118].map(eightTimes);
  const weights = [0x0a01_0a01_0a01_0a01n, 0x0001_0064_0001_0064n, 0x0001_2710_0001_2710n];
  const lastBytes = [0n, 0n, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn];
  const vectors = [...bytes, ...weights, ...lastBytes].flatMap((half) => [half, half]);
  return BigUint64Array.from([
    ...whole,
    ...new BigUint64Array(doubles.buffer),
    ...wide.flatMap((bits) => [bits & 0xffff_ffff_ffff_ffffn, bits >> 64n]),
    ...vectors,
    ...new BigUint64Array(Float64Array.of(1e8, 1e8, 1, 1).buffer),
    ...[44, 44, 10, 10].map(eightTimes),
    ...new BigUint64Array(shortShuffles().buffer),
    ...signed(272, (at) => (at >> 4 <= at % 16 ? 10 ** (at >> 4) : 1)),
    ...new BigUint64Array(frontShuffles().buffer),
    ...signed(33, (before) => (before < 16 ? 10 ** (15 - before) : Number.NaN)),
  ]);
}

/** Each number, and with a minus. */
function signed(count: number, number: (at: number) => number): BigUint64Array {
  const values = Array.from({ length: count }, (_, at) => number(at));
  return new BigUint64Array(Float64Array.from(values.flatMap((value) => [value, -value])).buffer);
}

/** Comes from beyond the sixteen bytes: zero. */
const nowhere = 0x80;

/**
 * By digits behind the point (none if they are no fewer than the number is long, 16 if there is none at all) and length - 1: from which of the sixteen
 * bytes that a number of that length ends with each of its sixteen digits comes, so that the point falls out and zeros stand in front.
 */
function shortShuffles(): Uint8Array {
  const shuffles = new Uint8Array(17 * 256).fill(nowhere);
  for (let behind = 0; behind <= 16; behind++) {
    for (let length = 1; length <= 16; length++) {
      const at = behind * 256 + (length - 1) * 16;
      const point = behind < length ? 15 - behind : -1;
      for (let from = 16 - length; from < 16; from++) {
        if (from !== point) shuffles[at + (from < point ? from + 1 : from)] = from;
      }
    }
  }
  // A point alone is no number: it stays where it is.
  shuffles[15] = 15;
  return shuffles;
}

/** By bytes before the point (32: there is none): the same for the sixteen bytes that a number begins with. */
function frontShuffles(): Uint8Array {
  const shuffles = new Uint8Array(33 * 16).fill(nowhere);
  for (let point = 0; point < 16; point++) {
    for (let from = 0; from < 16; from++) {
      if (from !== point) shuffles[point * 16 + (from < point ? from + 1 : from)] = from;
    }
  }
  return shuffles;
}

/** The first 128 binary digits of 10^power, cut off; for powers of up to three digits. */
function topBits(power: number): bigint {
  const size = Math.abs(power);
  const whole = 10n ** BigInt(size);
  // Binary digits of the whole number: 217706 / 65536 is log2(10), but for less than a millionth.
  const length = BigInt(((217_706 * size) >> 16) + 1);
  if (power < 0) return (1n << (length + 127n)) / whole;
  return length > 128n ? whole >> (length - 128n) : whole << (128n - length);
}
