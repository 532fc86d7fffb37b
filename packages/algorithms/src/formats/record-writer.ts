/** Encodes `aialgs.data.Record` messages, framed as RecordIO. */
import { frame } from './recordio-frames.ts';
import type { DataRecord, Tensor } from './record.ts';

/** A framed record, as record files and recordio responses hold them one after another. */
export function encodeRecord(record: DataRecord): Uint8Array {
  return frame(encodeMessage(record));
}

function encodeMessage(record: DataRecord): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [key, tensor] of Object.entries(record.features)) parts.push(entry(0x0a, key, tensor));
  for (const [key, tensor] of Object.entries(record.label)) parts.push(entry(0x12, key, tensor));
  if (record.uid !== undefined) parts.push(field(0x1a, utf8(record.uid)));
  if (record.metadata !== undefined) parts.push(field(0x22, utf8(record.metadata)));
  if (record.configuration !== undefined) parts.push(field(0x2a, utf8(record.configuration)));
  return Buffer.concat(parts);
}

function entry(tag: number, key: string, tensor: Tensor): Uint8Array {
  const valueTag = tensor.type === 'float32' ? 0x12 : tensor.type === 'float64' ? 0x1a : 0x3a;
  const value = field(valueTag, encodeTensor(tensor));
  return field(tag, Buffer.concat([field(0x0a, utf8(key)), field(0x12, value)]));
}

function encodeTensor(tensor: Tensor): Uint8Array {
  const { values } = tensor;
  const packed =
    tensor.type === 'int32' ? varints(values) : new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const parts = [field(0x0a, packed)];
  if (tensor.keys.length > 0) parts.push(field(0x12, varints(tensor.keys)));
  if (tensor.shape.length > 0) parts.push(field(0x1a, varints(tensor.shape)));
  return Buffer.concat(parts);
}

function field(tag: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varints([tag, content.length]), content]);
}

function varints(values: ArrayLike<number>): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    let value = values[i] ?? 0;
    // A negative int32 is written as its 64-bit two's complement, ten bytes long.
    if (value < 0) {
      let wide = BigInt.asUintN(64, BigInt(value));
      for (; wide >= 0x80n; wide >>= 7n) bytes.push(Number(wide & 0x7fn) | 0x80);
      bytes.push(Number(wide));
      continue;
    }
    for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
