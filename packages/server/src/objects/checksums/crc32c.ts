/** CRC-32C (Castagnoli, RFC 3720), eight bytes a step ("slicing by 8", Kounavis and Berry 2008). */
const POLYNOMIAL = 0x82f63b78;
const TABLES = makeTables();

/** @param previous the value of the bytes before `data`; 0 at the start */
export function crc32c(data: Uint8Array, previous = 0): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES;
  let crc = ~previous;
  let at = 0;
  for (const last = data.length - 8; at <= last; at += 8) {
    const low = view.getInt32(at, true) ^ crc;
    const high = view.getInt32(at + 4, true);
    crc =
      at0(t7, low & 255) ^
      at0(t6, (low >>> 8) & 255) ^
      at0(t5, (low >>> 16) & 255) ^
      at0(t4, low >>> 24) ^
      at0(t3, high & 255) ^
      at0(t2, (high >>> 8) & 255) ^
      at0(t1, (high >>> 16) & 255) ^
      at0(t0, high >>> 24);
  }
  for (; at < data.length; at++) crc = at0(t0, (crc ^ view.getUint8(at)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function at0(table: Int32Array, index: number): number {
  // An index of 0 to 255 is always within a table of 256.
  return table[index] as number;
}

type Tables = readonly [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

function makeTables(): Tables {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const next = (table: Int32Array) => table.map((crc) => at0(first, crc & 255) ^ (crc >>> 8));
  const t1 = next(first);
  const t2 = next(t1);
  const t3 = next(t2);
  const t4 = next(t3);
  const t5 = next(t4);
  const t6 = next(t5);
  return [first, t1, t2, t3, t4, t5, t6, next(t6)];
}
