/** The checksums that S3 knows, as running sums over a stream. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Checksum } from '../object-store.ts';
import { crc32c } from './crc32c.ts';
import { Crc64Nvme } from './crc64-nvme.ts';

export type ChecksumAlgorithm = Checksum['algorithm'];

export interface RunningChecksum {
  update(data: Uint8Array): void;
  digest(): Buffer;
}

export function createChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return CREATE[algorithm]();
}

const CREATE: Readonly<Record<ChecksumAlgorithm, () => RunningChecksum>> = {
  CRC32: () => runningCrc((data, previous) => crc32(data, previous)),
  CRC32C: () => runningCrc(crc32c),
  CRC64NVME: () => new Crc64Nvme(),
  SHA1: () => createHash('sha1'),
  SHA256: () => createHash('sha256'),
};

function runningCrc(step: (data: Uint8Array, previous: number) => number): RunningChecksum {
  let value = 0;
  return {
    update(data) {
      value = step(data, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}
