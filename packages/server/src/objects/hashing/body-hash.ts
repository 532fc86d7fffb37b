/** What is computed of a body while it is written. */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createChecksum, type ChecksumAlgorithm, type RunningChecksum } from '../checksums/checksum.ts';

export interface BodySums {
  /** The MD5 of the body is needed, however large it is: as a part's ETag, or to compare it with Content-MD5. */
  exactMd5: boolean;
  checksum: ChecksumAlgorithm | undefined;
}

export interface BodyDigests {
  /** The MD5 in hex; of a body over {@link LARGE_BODY_BYTES} for which that was not needed, `<digest of the blocks>-1`. */
  etag: string;
  checksum: Uint8Array | undefined;
}

/**
 * From here on a body's ETag is made of the CRC-32s of its blocks, unless its MD5 is needed. MD5 is one chain of dependent steps: 0.85 GB/s at best,
 * half of what a disk takes, while CRC-32 is eight times as fast. Clients that make ETags of their own upload such bodies in parts anyway.
 */
export const LARGE_BODY_BYTES = 64 * 1024 * 1024;

const BLOCK_BYTES = 256 * 1024;

/** The digests do not depend on the pieces in which the bytes come. */
export class BodyHash {
  readonly #sums: BodySums;
  /** Of the CRC-32s of the full blocks so far. */
  readonly #blocks = createHash('md5');
  readonly #checksum: RunningChecksum | undefined;
  #md5: Hash | undefined = createHash('md5');
  #size = 0;
  /** Of the block that is being filled. */
  #crc = 0;

  constructor(sums: BodySums) {
    this.#sums = sums;
    this.#checksum = sums.checksum && createChecksum(sums.checksum);
  }

  update(piece: Uint8Array): void {
    const before = this.#size;
    this.#size += piece.length;
    if (this.#size > LARGE_BODY_BYTES && !this.#sums.exactMd5) this.#md5 = undefined;
    this.#md5?.update(piece);
    this.#checksum?.update(piece);
    for (let at = 0; at < piece.length;) {
      const end = Math.min(piece.length, at + BLOCK_BYTES - ((before + at) % BLOCK_BYTES));
      this.#crc = crc32(piece.subarray(at, end), this.#crc);
      if ((before + end) % BLOCK_BYTES === 0) this.#endBlock();
      at = end;
    }
  }

  digest(): BodyDigests {
    if (this.#size % BLOCK_BYTES > 0) this.#endBlock();
    const etag = this.#md5 === undefined ? `${this.#blocks.digest('hex')}-1` : this.#md5.digest('hex');
    return { etag, checksum: this.#checksum?.digest() };
  }

  #endBlock(): void {
    const sum = Buffer.allocUnsafe(4);
    sum.writeUInt32LE(this.#crc);
    this.#blocks.update(sum);
    this.#crc = 0;
  }
}
