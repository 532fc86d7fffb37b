/**
 * The CRC of two byte strings put together, from their CRCs and the length of the second: what S3 calls a full-object checksum of a multipart
 * upload, without reading the parts again. Appending n zero bytes to a message is a linear map over GF(2); the map for one zero bit is squared
 * until it is the map for n bytes (as in zlib's crc32_combine, Adler 2006).
 */
type CrcAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME';

/** Column i is the image of bit i. */
type BitMatrix = readonly bigint[];

const CRCS: Record<CrcAlgorithm, { polynomial: bigint; bits: number }> = {
  CRC32: { polynomial: 0xedb88320n, bits: 32 },
  CRC32C: { polynomial: 0x82f63b78n, bits: 32 },
  CRC64NVME: { polynomial: 0x9a6c9329ac4bc9b5n, bits: 64 },
};

export function isCrc(algorithm: string): algorithm is CrcAlgorithm {
  return Object.hasOwn(CRCS, algorithm);
}

/** @param parts in order; `value` is Base64 @returns Base64 */
export function combineCrcs(algorithm: CrcAlgorithm, parts: readonly { value: string; size: number }[]): string {
  const { bits } = CRCS[algorithm];
  const appendZeros = new Map<number, BitMatrix>();
  let crc = 0n;
  for (const { value, size } of parts) {
    // Parts are nearly always of one size, so that one matrix does for all but the last.
    let matrix = appendZeros.get(size);
    if (matrix === undefined) appendZeros.set(size, (matrix = matrixForZeroBytes(algorithm, size)));
    crc = apply(matrix, crc) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`);
  }
  return Buffer.from(crc.toString(16).padStart(bits / 4, '0'), 'hex').toString('base64');
}

function matrixForZeroBytes(algorithm: CrcAlgorithm, bytes: number): BitMatrix {
  const { polynomial, bits } = CRCS[algorithm];
  let power: BitMatrix = Array.from({ length: bits }, (_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
  let result: BitMatrix = Array.from({ length: bits }, (_, bit) => 1n << BigInt(bit));
  for (let left = BigInt(bytes) * 8n; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(power, result);
    power = multiply(power, power);
  }
  return result;
}

function multiply(a: BitMatrix, b: BitMatrix): BitMatrix {
  return b.map((column) => apply(a, column));
}

function apply(matrix: BitMatrix, vector: bigint): bigint {
  let sum = 0n;
  let left = vector;
  for (const column of matrix) {
    if (left === 0n) break;
    if (left & 1n) sum ^= column;
    left >>= 1n;
  }
  return sum;
}
