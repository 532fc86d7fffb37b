import { crc32 } from 'node:zlib';

/** One message of `application/vnd.amazon.eventstream`. */
export interface EventMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
}

/** Longest message that a stream may hold, in bytes: the format's own limits are 16 MB of payload and 128 KB of headers. */
const longestMessage = 24 * 1024 * 1024;
const preludeLength = 12;
const stringType = 7;

/** Bytes of a message: lengths, checksum of the lengths, headers, payload, checksum of all. */
export function encodeMessage({ headers, payload }: EventMessage): Uint8Array {
  const encoded = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const total = preludeLength + encoded.length + payload.byteLength + 4;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(encoded.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  encoded.copy(message, preludeLength);
  message.set(payload, preludeLength + encoded.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - 4)), total - 4);
  return message;
}

/** The messages of a byte stream, however its bytes are cut. Thrown when a checksum is wrong or the stream ends inside a message. */
export async function* decodeMessages(stream: AsyncIterable<Uint8Array>): AsyncGenerator<EventMessage> {
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (held.length >= preludeLength) {
      const total = messageLength(held);
      if (held.length < total) break;
      yield decodeMessage(held.subarray(0, total));
      held = held.subarray(total);
    }
  }
  if (held.length > 0) throw new Error(`the event stream ended inside a message, after ${held.length} of its bytes`);
}

function messageLength(held: Buffer): number {
  const total = held.readUInt32BE(0);
  if (held.readUInt32BE(8) !== crc32(held.subarray(0, 8))) {
    throw new Error('the event stream is damaged: the checksum of a message head does not match');
  }
  if (total < preludeLength + 4 || total > longestMessage || held.readUInt32BE(4) > total - preludeLength - 4) {
    throw new Error(`the event stream is damaged: it announces a message of ${total} bytes`);
  }
  return total;
}

function decodeMessage(message: Buffer): EventMessage {
  const end = message.length - 4;
  if (message.readUInt32BE(end) !== crc32(message.subarray(0, end))) {
    throw new Error('the event stream is damaged: the checksum of a message does not match');
  }
  const payloadStart = preludeLength + message.readUInt32BE(4);
  return {
    headers: decodeHeaders(message.subarray(preludeLength, payloadStart)),
    payload: Buffer.from(message.subarray(payloadStart, end)),
  };
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name, 'utf8');
  const valueBytes = Buffer.from(value, 'utf8');
  const head = Buffer.from([
    nameBytes.length,
    ...nameBytes,
    stringType,
    valueBytes.length >> 8,
    valueBytes.length & 0xff,
  ]);
  return Buffer.concat([head, valueBytes]);
}

/** Sizes of the header types that no AWS service of ours uses but any stream may hold: true, false, byte, short, int, long, …, time, uuid. */
const fixedSizes: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };

function decodeHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const type = bytes.readUInt8(nameEnd);
    const fixed = fixedSizes[type];
    const start = fixed === undefined ? nameEnd + 3 : nameEnd + 1;
    at = start + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (at > bytes.length) throw new Error('the event stream is damaged: a header is longer than its message');
    if (type === stringType) headers[name] = bytes.toString('utf8', start, at);
  }
  return headers;
}
