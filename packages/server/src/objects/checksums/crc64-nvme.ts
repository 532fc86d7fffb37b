/**
 * CRC-64/NVME (NVM Express command set, 5.2.1.3.4), eight bytes a step. A value is kept as two unsigned halves, because 64-bit integers are
 * slow in JavaScript.
 */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const { LOW, HIGH } = makeTables();

export class Crc64Nvme {
  #low = 0xffffffff;
  #high = 0xffffffff;

  update(data: Uint8Array): void {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let low = this.#low;
    let high = this.#high;
    let at = 0;
    for (const last = data.length - 8; at <= last; at += 8) {
      const a = view.getInt32(at, true) ^ low;
      const b = view.getInt32(at + 4, true) ^ high;
      const i7 = 1792 + (a & 255);
      const i6 = 1536 + ((a >>> 8) & 255);
      const i5 = 1280 + ((a >>> 16) & 255);
      const i4 = 1024 + (a >>> 24);
      const i3 = 768 + (b & 255);
      const i2 = 512 + ((b >>> 8) & 255);
      const i1 = 256 + ((b >>> 16) & 255);
      const i0 = b >>> 24;
      low =
        of(LOW, i7) ^ of(LOW, i6) ^ of(LOW, i5) ^ of(LOW, i4) ^ of(LOW, i3) ^ of(LOW, i2) ^ of(LOW, i1) ^ of(LOW, i0);
      high =
        of(HIGH, i7) ^
        of(HIGH, i6) ^
        of(HIGH, i5) ^
        of(HIGH, i4) ^
        of(HIGH, i3) ^
        of(HIGH, i2) ^
        of(HIGH, i1) ^
        of(HIGH, i0);
    }
    for (; at < data.length; at++) {
      const index = (low ^ view.getUint8(at)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ of(LOW, index);
      high = (high >>> 8) ^ of(HIGH, index);
    }
    this.#low = low;
    this.#high = high;
  }

  /** Eight bytes, most significant first. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes;
  }
}

function of(table: Int32Array, index: number): number {
  // Every index is a byte plus the start of one of the eight tables.
  return table[index] as number;
}

function makeTables(): { LOW: Int32Array; HIGH: Int32Array } {
  const LOW = new Int32Array(8 * 256);
  const HIGH = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    LOW[byte] = Number(crc & 0xffffffffn);
    HIGH[byte] = Number(crc >> 32n);
  }
  for (let index = 256; index < 8 * 256; index++) {
    const low = of(LOW, index - 256);
    const high = of(HIGH, index - 256);
    LOW[index] = ((low >>> 8) | (high << 24)) ^ of(LOW, low & 255);
    HIGH[index] = (high >>> 8) ^ of(HIGH, low & 255);
  }
  return { LOW, HIGH };
}
