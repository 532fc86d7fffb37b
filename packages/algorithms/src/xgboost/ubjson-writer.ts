import { Float32List, Int64List, type UbjsonValue } from './ubjson.ts';

/** Whole numbers become the shortest integer, others 32-bit floats, typed arrays typed arrays. */
export function encodeUbjson(value: UbjsonValue): Uint8Array {
  const writer = new Writer();
  writer.value(value);
  return writer.bytes();
}

type NumberArray = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array | BigInt64Array;

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
    } else if (value instanceof Int64List) this.#array('L', BigInt64Array.from(value.values, BigInt));
    else if (value instanceof Float32List) this.#floats(value.values);
    else if (value instanceof Uint8Array) this.#array('U', value);
    else if (value instanceof Int8Array) this.#array('i', value);
    else if (value instanceof Int16Array) this.#array('I', value);
    else if (value instanceof Int32Array) this.#array('l', value);
    else if (value instanceof Float32Array) this.#array('d', value);
    else if (value instanceof Float64Array) this.#array('D', value);
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

  #array(type: string, values: NumberArray): void {
    this.#marker(`[$${type}#`);
    this.#count(values.length);
    const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width } = values;
    const target = this.#reserve(byteLength).subarray(this.#length, this.#length + byteLength);
    target.set(new Uint8Array(buffer, byteOffset, byteLength));
    // The format has the other order of bytes.
    if (width === 2) target.swap16();
    else if (width === 4) target.swap32();
    else if (width === 8) target.swap64();
    this.#length += byteLength;
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
