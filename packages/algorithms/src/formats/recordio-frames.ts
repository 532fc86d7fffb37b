/** The RecordIO framing: magic word, length word, payload, padding to a multiple of four. */
import { ClientError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';

const magic = 0xced7230a;
const headBytes = 8;

export interface Frame {
  /** Valid until the next frame is asked for. */
  readonly payload: Uint8Array;
  /** Where the frame begins in the file, in bytes. */
  readonly offset: number;
}

/** Yields the frames of a file, of which `offset` bytes were read before; a record written in several parts comes as one. Thrown when the framing is broken or cut off: ClientError naming file and offset. */
export async function* readFrames(source: ByteSource, offset = 0, chunkBytes = 4_194_304): AsyncGenerator<Frame[]> {
  let buffer = new Uint8Array(chunkBytes);
  let filled = 0;
  let base = offset;
  const parts = new PartJoiner(source.name);
  for (let ended = false; !ended;) {
    if (filled === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    const read = await source.read(buffer.subarray(filled));
    ended = read === 0;
    filled += read;
    const frames: Frame[] = [];
    let at = 0;
    for (
      let next = frameAt(buffer, at, filled, base, source.name);
      next !== undefined;
      next = frameAt(buffer, at, filled, base, source.name)
    ) {
      const whole = parts.add(next);
      if (whole !== undefined) frames.push(whole);
      at = next.end;
    }
    if (ended && at < filled)
      throw new ClientError(`file ${source.name}, offset ${base + at}: the file ends inside a record`);
    if (frames.length > 0) yield frames;
    buffer.copyWithin(0, at, filled);
    filled -= at;
    base += at;
  }
  parts.end();
}

/** The frames of a whole file in memory. Thrown as by {@link readFrames}. */
export function framesOf(bytes: Uint8Array, name: string): Frame[] {
  const frames: Frame[] = [];
  const parts = new PartJoiner(name);
  let at = 0;
  for (
    let next = frameAt(bytes, at, bytes.length, 0, name);
    next !== undefined;
    next = frameAt(bytes, at, bytes.length, 0, name)
  ) {
    const whole = parts.add(next);
    if (whole !== undefined) frames.push(whole);
    at = next.end;
  }
  if (at < bytes.length) throw new ClientError(`file ${name}, offset ${at}: the file ends inside a record`);
  parts.end();
  return frames;
}

/** A frame around `payload`. */
export function frame(payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headBytes + padded(payload.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, payload.length, true);
  bytes.set(payload, headBytes);
  return bytes;
}

interface Part extends Frame {
  /** 0 whole, 1 first, 2 middle, 3 last. */
  readonly position: number;
  readonly end: number;
}

function frameAt(buffer: Uint8Array, at: number, filled: number, base: number, name: string): Part | undefined {
  if (filled - at < headBytes) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset + at, headBytes);
  if (view.getUint32(0, true) !== magic) {
    throw new ClientError(
      `file ${name}, offset ${base + at}: not a RecordIO record (the magic word 0xCED7230A is missing)`,
    );
  }
  const word = view.getUint32(4, true);
  const length = word & 0x1fff_ffff;
  const end = at + headBytes + padded(length);
  if (end > filled) return undefined;
  return {
    payload: buffer.subarray(at + headBytes, at + headBytes + length),
    offset: base + at,
    position: word >>> 29,
    end,
  };
}

/** Writers split a record where its payload holds the magic word itself, and leave that word out. */
class PartJoiner {
  readonly #name: string;
  #offset = 0;
  #parts: Uint8Array[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  add(part: Part): Frame | undefined {
    const expected = this.#parts.length === 0 ? part.position <= 1 : part.position === 2 || part.position === 3;
    if (!expected)
      throw new ClientError(`file ${this.#name}, offset ${part.offset}: the parts of a record are out of order`);
    if (part.position === 0) return part;
    if (part.position === 1) this.#offset = part.offset;
    else this.#parts.push(new Uint8Array([0x0a, 0x23, 0xd7, 0xce]));
    this.#parts.push(new Uint8Array(part.payload));
    if (part.position !== 3) return undefined;
    const payload = Buffer.concat(this.#parts);
    this.#parts = [];
    return { payload, offset: this.#offset };
  }

  end(): void {
    if (this.#parts.length > 0)
      throw new ClientError(`file ${this.#name}, offset ${this.#offset}: the last part of a record is missing`);
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
