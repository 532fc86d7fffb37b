/** The NDArray container of MXNet, in which SageMaker's own artifacts keep their arrays. */
import { ClientError } from '../errors.ts';

export interface NamedArray {
  /** Empty when the file names no arrays. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

const fileMagic = 0x112n;
const denseMagic = 0xf993fac9;
const olderMagic = 0xf993fac8;
const float32Type = 0;
const float64Type = 1;

export function encodeArrays(arrays: readonly NamedArray[]): Uint8Array {
  return Buffer.concat(encodeArrayParts(arrays));
}

/** The same in parts, of which some are the arrays themselves: for those that are too large to be copied. */
export function encodeArrayParts(arrays: readonly NamedArray[]): Uint8Array[] {
  const parts = [words64(fileMagic, 0n, BigInt(arrays.length))];
  for (const { shape, values } of arrays) {
    parts.push(words32(denseMagic, 0, shape.length), words64(...shape.map(BigInt)), words32(1, 0, float32Type));
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  const named = arrays.filter(({ name }) => name !== '');
  parts.push(words64(BigInt(named.length)));
  for (const { name } of named) {
    const bytes = Buffer.from(name);
    parts.push(words64(BigInt(bytes.length)), bytes);
  }
  return parts;
}

/** The arrays lie in `bytes` where they can. `file`: named in messages. Thrown when the bytes are not such a container of dense floats: ClientError. */
export function decodeArrays(bytes: Uint8Array, file: string): NamedArray[] {
  const reader = new ArrayReader(bytes, file);
  if (reader.word64() !== Number(fileMagic)) throw new ClientError(`file ${file} of the model is not an NDArray file`);
  reader.word64();
  const arrays = Array.from({ length: reader.count() }, () => reader.array());
  const names = Array.from({ length: reader.count() }, () => reader.text());
  return arrays.map((array, index) => ({ ...array, name: names[index] ?? '' }));
}

class ArrayReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  word32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  word64(): number {
    return Number(this.#view.getBigUint64(this.#take(8), true));
  }

  /** A number of things that each take some bytes: more than there are bytes is damage. */
  count(): number {
    const count = this.word64();
    if (count > this.#bytes.length) throw this.#damaged();
    return count;
  }

  array(): Omit<NamedArray, 'name'> {
    const magic = this.word32();
    if (magic === denseMagic && this.word32() !== 0)
      throw new ClientError(`file ${this.#file} of the model holds a sparse array`);
    if (magic !== denseMagic && magic !== olderMagic) throw this.#damaged();
    const dimensions = this.word32();
    if (dimensions > 32) throw this.#damaged();
    const shape = Array.from({ length: dimensions }, () => this.word64());
    this.word32();
    this.word32();
    const type = this.word32();
    const length = shape.reduce((product, size) => product * size, 1);
    return { shape, values: this.#values(type, length) };
  }

  text(): string {
    const length = this.count();
    const start = this.#take(length);
    return Buffer.from(this.#bytes.subarray(start, start + length)).toString('utf8');
  }

  #values(type: number, length: number): Float32Array {
    if (type !== float32Type && type !== float64Type)
      throw new ClientError(`file ${this.#file} of the model holds numbers of an unknown type (${type})`);
    const width = type === float32Type ? 4 : 8;
    const start = this.#take(length * width);
    const place = this.#bytes.byteOffset + start;
    if (type === float32Type && place % width === 0) return new Float32Array(this.#bytes.buffer, place, length);
    // A copy, because the bytes lie at an odd address, or are numbers of another size.
    const { buffer } = new Uint8Array(this.#bytes.subarray(start, start + length * width));
    return type === float32Type ? new Float32Array(buffer) : Float32Array.from(new Float64Array(buffer));
  }

  #take(length: number): number {
    const start = this.#at;
    if (!(start + length <= this.#bytes.length)) throw this.#damaged();
    this.#at = start + length;
    return start;
  }

  #damaged(): ClientError {
    return new ClientError(`file ${this.#file} of the model is damaged at offset ${this.#at}`);
  }
}

function words32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

function words64(...values: bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer);
}
