import { ClientError } from '../errors.ts';
import type { UbjsonValue } from './ubjson.ts';

/** Thrown when the bytes are no such document: ClientError that names `file` and the offset. */
export function decodeUbjson(bytes: Uint8Array, file: string): UbjsonValue {
  const reader = new Reader(bytes, file);
  const value = reader.value();
  reader.end();
  return value;
}

/** Deeper than any model nests; a damaged file must not exhaust the stack. */
const deepest = 64;

class Reader {
  readonly #bytes: Buffer;
  readonly #file: string;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw this.#damaged('there is more after the end of the document');
  }

  value(marker: string = this.#marker()): UbjsonValue {
    switch (marker) {
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'S':
        return this.#text();
      case 'C':
        return this.#marker();
      case '[':
        return this.#nested(() => this.#list());
      case '{':
        return this.#nested(() => this.#object());
      case 'N':
        return this.value();
      default:
        return this.#number(marker);
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > deepest) throw this.#damaged('it nests too deep');
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): UbjsonValue {
    const entries: [string, UbjsonValue][] = [];
    const { type, count } = this.#header();
    while (count === undefined ? !this.#ends('}') : entries.length < count) {
      const key = this.#text();
      entries.push([key, this.value(type)]);
    }
    return Object.fromEntries(entries);
  }

  #list(): UbjsonValue {
    const { type, count } = this.#header();
    if (type !== undefined && count !== undefined && type in widths) return this.#typed(type, count);
    const list: UbjsonValue[] = [];
    while (count === undefined ? !this.#ends(']') : list.length < count) list.push(this.value(type));
    return list;
  }

  /** `$` type, `#` count; both optional. */
  #header(): { readonly type: string | undefined; readonly count: number | undefined } {
    const type = this.#ends('$') ? this.#marker() : undefined;
    if (!this.#ends('#')) {
      if (type !== undefined) throw this.#damaged('a typed array has no count');
      return { type, count: undefined };
    }
    return { type, count: this.#count() };
  }

  #typed(type: string, count: number): UbjsonValue {
    const width = widths[type] ?? 1;
    const start = this.#take(count * width);
    // A copy, because numbers lie at any address and in the other order of bytes.
    const { buffer } = new Uint8Array(this.#bytes.subarray(start, start + count * width));
    const bytes = Buffer.from(buffer);
    if (width === 2) bytes.swap16();
    else if (width === 4) bytes.swap32();
    else if (width === 8) bytes.swap64();
    switch (type) {
      case 'U':
        return new Uint8Array(buffer);
      case 'i':
        return new Int8Array(buffer);
      case 'I':
        return new Int16Array(buffer);
      case 'l':
        return new Int32Array(buffer);
      case 'd':
        return new Float32Array(buffer);
      case 'D':
        return new Float64Array(buffer);
      default:
        return Float64Array.from(new BigInt64Array(buffer), Number);
    }
  }

  #number(marker: string): number {
    const width = widths[marker];
    if (width === undefined) throw this.#damaged(`${JSON.stringify(marker)} begins no value`, 1);
    const at = this.#take(width);
    if (marker === 'i') return this.#bytes.readInt8(at);
    if (marker === 'U') return this.#bytes.readUInt8(at);
    if (marker === 'I') return this.#bytes.readInt16BE(at);
    if (marker === 'l') return this.#bytes.readInt32BE(at);
    if (marker === 'L') return Number(this.#bytes.readBigInt64BE(at));
    return marker === 'd' ? this.#bytes.readFloatBE(at) : this.#bytes.readDoubleBE(at);
  }

  #count(): number {
    const count = this.#number(this.#marker());
    if (!Number.isInteger(count) || count < 0 || count > this.#bytes.length)
      throw this.#damaged(`a length is ${count}`);
    return count;
  }

  #text(): string {
    const length = this.#count();
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #marker(): string {
    return String.fromCharCode(this.#bytes[this.#take(1)] ?? 0);
  }

  #ends(marker: string): boolean {
    if (this.#bytes[this.#at] !== marker.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  #take(bytes: number): number {
    const start = this.#at;
    if (start + bytes > this.#bytes.length) throw this.#damaged('it is cut off');
    this.#at = start + bytes;
    return start;
  }

  #damaged(problem: string, back = 0): ClientError {
    return new ClientError(`file ${this.#file}, offset ${this.#at - back}: not a model of XGBoost: ${problem}`);
  }
}

/** Bytes of the numbers by their marker. */
const widths: Readonly<Record<string, number>> = { i: 1, U: 1, I: 2, l: 4, L: 8, d: 4, D: 8 };
