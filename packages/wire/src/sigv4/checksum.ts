import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The checksums of `x-amz-checksum-<name>`. */
export const checksumNames = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumName = (typeof checksumNames)[number];

export interface Checksum {
  update(data: Uint8Array): void;
  /** Base64 of the big-endian value, as the headers carry it. Ends the checksum. */
  digest(): string;
}

export function createChecksum(name: ChecksumName): Checksum {
  return starters[name]();
}

const starters: Readonly<Record<ChecksumName, () => Checksum>> = {
  crc32: () => wordChecksum(crc32),
  crc32c: () => wordChecksum(crc32c),
  crc64nvme,
  sha1: () => hashChecksum('sha1'),
  sha256: () => hashChecksum('sha256'),
};

function hashChecksum(name: 'sha1' | 'sha256'): Checksum {
  const hash = createHash(name);
  return { update: (data) => void hash.update(data), digest: () => hash.digest('base64') };
}

function wordChecksum(step: (data: Uint8Array, value: number) => number): Checksum {
  let value = 0;
  return {
    update(data) {
      value = step(data, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString('base64');
    },
  };
}

/** Castagnoli, eight bytes a step (Intel's "slicing by 8"). */
function crc32c(data: Uint8Array, value: number): number {
  const table = (castagnoli ??= slices(0x82f63b78));
  const at = (slice: number, byte: number): number => table[(slice << 8) | byte] ?? 0;
  let crc = ~value;
  let index = 0;
  for (const whole = data.length - 7; index < whole; index += 8) {
    const low = crc ^ readWord(data, index);
    const high = readWord(data, index + 4);
    crc =
      at(7, low & 255) ^
      at(6, (low >>> 8) & 255) ^
      at(5, (low >>> 16) & 255) ^
      at(4, low >>> 24) ^
      at(3, high & 255) ^
      at(2, (high >>> 8) & 255) ^
      at(1, (high >>> 16) & 255) ^
      at(0, high >>> 24);
  }
  for (; index < data.length; index++) crc = at(0, (crc ^ (data[index] ?? 0)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

let castagnoli: Int32Array | undefined;

function slices(polynomial: number): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    table[byte] = crc;
  }
  for (let slot = 256; slot < table.length; slot++) {
    const previous = table[slot - 256] ?? 0;
    table[slot] = (table[previous & 255] ?? 0) ^ (previous >>> 8);
  }
  return table;
}

function readWord(data: Uint8Array, index: number): number {
  return (
    (data[index] ?? 0) | ((data[index + 1] ?? 0) << 8) | ((data[index + 2] ?? 0) << 16) | ((data[index + 3] ?? 0) << 24)
  );
}

/** CRC-64/NVME in two halves of 32 bits, for JavaScript's integers end there. */
function crc64nvme(): Checksum {
  const { high: highs, low: lows } = (nvme ??= halves(0x9a6c9329ac4bc9b5n));
  let high = -1;
  let low = -1;
  return {
    update(data) {
      for (let index = 0; index < data.length; index++) {
        const slot = (low ^ (data[index] ?? 0)) & 255;
        low = ((low >>> 8) | (high << 24)) ^ (lows[slot] ?? 0);
        high = (high >>> 8) ^ (highs[slot] ?? 0);
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString('base64');
    },
  };
}

let nvme: { high: Int32Array; low: Int32Array } | undefined;

function halves(polynomial: bigint): { high: Int32Array; low: Int32Array } {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    high[byte] = Number(BigInt.asIntN(32, crc >> 32n));
    low[byte] = Number(BigInt.asIntN(32, crc));
  }
  return { high, low };
}
