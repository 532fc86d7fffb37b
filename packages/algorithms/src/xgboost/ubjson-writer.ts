import { Float32List, Int64List, type UbjsonValue } from './ubjson.ts';

/** Whole numbers become the shortest integer, others 32-bit floats, typed arrays typed arrays. */
export function encodeUbjson(value: UbjsonValue): Uint8Array {
  const writer = new Writer();
  writer.value(value);
  return writer.bytes();
}

class Writer {
  #buffer = Buffer.allocUnsafe(65_536);
  #length = 0;

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  value(value: UbjsonValue): void {
    if (value === null) this.#marker('Z');
    else if (typeof value === 'boolean') this.#marker(value ? 'T' : 'F');
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') {
      this.#marker('S');
      this.#text(value);
    } else if (value instanceof Int64List)
      this.#array('L', 8, value.values, (entry, at) => this.#buffer.writeBigInt64BE(BigInt(entry), at));
    else if (value instanceof Float32List) this.#floats(value.values);
    else if (value instanceof Uint8Array) this.#array('U', 1, value, (entry, at) => this.#buffer.writeUInt8(entry, at));
    else if (value instanceof Int8Array) this.#array('i', 1, value, (entry, at) => this.#buffer.writeInt8(entry, at));
    else if (value instanceof Int16Array)
      this.#array('I', 2, value, (entry, at) => this.#buffer.writeInt16BE(entry, at));
    else if (value instanceof Int32Array)
      this.#array('l', 4, value, (entry, at) => this.#buffer.writeInt32BE(entry, at));
    else if (value instanceof Float32Array)
      this.#array('d', 4, value, (entry, at) => this.#buffer.writeFloatBE(entry, at));
    else if (value instanceof Float64Array)
      this.#array('D', 8, value, (entry, at) => this.#buffer.writeDoubleBE(entry, at));
    else if (isList(value)) {
      this.#marker('[#');
      this.#count(value.length);
      for (const entry of value) this.value(entry);
    } else {
      this.#marker('{');
      for (const [key, entry] of Object.entries(value)) {
        this.#text(key);
        this.value(entry);
      }
      this.#marker('}');
    }
  }

  #floats(values: Float32Array): void {
    this.#marker('[#');
    this.#count(values.length);
    for (const value of values) this.#float(value);
  }

  #float(value: number): void {
    this.#marker('d');
    this.#length = this.#reserve(4).writeFloatBE(value, this.#length);
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) this.#float(value);
    else if (value >= -128 && value <= 127) {
      this.#marker('i');
      this.#length = this.#reserve(1).writeInt8(value, this.#length);
    } else if (value >= -2_147_483_648 && value <= 2_147_483_647) {
      this.#marker('l');
      this.#length = this.#reserve(4).writeInt32BE(value, this.#length);
    } else this.#count(value);
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text);
    this.#count(length);
    this.#length += this.#reserve(length).write(text, this.#length);
  }

  #count(count: number): void {
    this.#marker('L');
    this.#length = this.#reserve(8).writeBigInt64BE(BigInt(count), this.#length);
  }

  #array(type: string, width: number, values: ArrayLike<number>, write: (entry: number, at: number) => void): void {
    this.#marker(`[$${type}#`);
    this.#count(values.length);
    this.#reserve(values.length * width);
    for (let index = 0; index < values.length; index++, this.#length += width) write(values[index] ?? 0, this.#length);
  }

  #marker(text: string): void {
    this.#length += this.#reserve(text.length).write(text, this.#length, 'latin1');
  }

  #reserve(bytes: number): Buffer {
    if (this.#length + bytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    return this.#buffer;
  }
}

function isList(value: object): value is readonly UbjsonValue[] {
  return Array.isArray(value);
}
