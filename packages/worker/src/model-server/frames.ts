/**
 * The framed socket between the model server and a worker: `u32 length, u8 kind, payload`, little endian; one request frame, one answer frame.
 * The payloads are told in `python/rung_serving/frames.py`, the other end.
 */
import type { Socket } from 'node:net';

export const INVOKE = 1;
export const READY = 1;
export const FAILED = 2;
export const ANSWER = 3;

export interface Invocation {
  readonly contentType: string;
  /** Accept of the request; empty when it has none. */
  readonly accept: string;
  /** Custom attributes of the request; empty when it has none. */
  readonly attributes: string;
  readonly body: readonly Uint8Array[];
  readonly bodyLength: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Seconds after which the caller may try again. */
  readonly retryAfter?: number;
}

/** Bodies are handed to the system as they came in: they are not copied. */
export function writeInvocations(socket: Socket, batch: readonly Invocation[]): void {
  let length = 3;
  for (const { contentType, accept, attributes, bodyLength } of batch)
    length += 10 + contentType.length + accept.length + Buffer.byteLength(attributes) + bodyLength;
  const start = Buffer.allocUnsafe(7);
  start.writeUInt32LE(length, 0);
  start.writeUInt8(INVOKE, 4);
  start.writeUInt16LE(batch.length, 5);
  socket.cork();
  socket.write(start);
  for (const { contentType, accept, attributes, body, bodyLength } of batch) {
    const attributesLength = Buffer.byteLength(attributes);
    const head = Buffer.allocUnsafe(10 + contentType.length + accept.length + attributesLength);
    head.writeUInt16LE(contentType.length, 0);
    head.writeUInt16LE(accept.length, 2);
    head.writeUInt16LE(attributesLength, 4);
    head.writeUInt32LE(bodyLength, 6);
    head.write(contentType, 10, 'latin1');
    head.write(accept, 10 + contentType.length, 'latin1');
    head.write(attributes, 10 + contentType.length + accept.length, 'utf8');
    socket.write(head);
    for (const part of body) socket.write(part);
  }
  socket.uncork();
}

/** Thrown when the payload is not what its kind says: RangeError. */
export function readAnswers(payload: Buffer): Answer[] {
  const count = payload.readUInt16LE(0);
  const answers: Answer[] = [];
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const status = payload.readUInt16LE(at);
    const bodyAt = at + 8 + payload.readUInt16LE(at + 2);
    const end = bodyAt + payload.readUInt32LE(at + 4);
    if (end > payload.length) throw new RangeError('an answer is longer than its frame');
    answers.push({
      status,
      contentType: payload.toString('latin1', at + 8, bodyAt),
      body: payload.subarray(bodyAt, end),
    });
    at = end;
  }
  return answers;
}

/** Cuts what arrives into frames. A frame that arrives in one piece is not copied; one in several pieces, once. */
export class FrameReader {
  readonly #onFrame: (kind: number, payload: Buffer) => void;
  #pieces: Buffer[] = [];
  #have = 0;
  #want = 5;

  constructor(onFrame: (kind: number, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#have += chunk.length;
    while (this.#have >= this.#want) {
      const data = this.#joined();
      const length = data.readUInt32LE(0) + 4;
      if (data.length < length) {
        this.#want = length;
        return;
      }
      this.#pieces = data.length > length ? [data.subarray(length)] : [];
      this.#have -= length;
      this.#want = 5;
      this.#onFrame(data.readUInt8(4), data.subarray(5, length));
    }
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    const data = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces);
    this.#pieces = [data];
    return data;
  }
}
