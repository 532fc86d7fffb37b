/** RecordIO, as SageMaker writes it: magic word, length, payload, zeros up to a multiple of four. */
const MAGIC = 0xced7230a;
/** The upper bits of the length word say which part of a split record follows; there are none such here. */
export const MAX_RECORD_BYTES = 2 ** 29 - 1;

export function recordHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(8);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(length, 4);
  return header;
}

export function recordPadding(length: number): Buffer {
  return ZEROS.subarray(0, (4 - (length % 4)) % 4);
}

const ZEROS = Buffer.alloc(3);
