/** Little-endian numbers and arrays, one after another. */
import { ClientError } from '../errors.ts';

type NumberArray = Float32Array | Uint8Array | BigInt64Array;

export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  text(value: string): void {
    this.#parts.push(new TextEncoder().encode(value));
  }

  uint8(value: number): void {
    this.#parts.push(Uint8Array.of(value));
  }

  int32(value: number): void {
    this.array(new Uint8Array(Int32Array.of(value).buffer));
  }

  uint64(value: number): void {
    this.array(BigInt64Array.of(BigInt(value)));
  }

  array(values: NumberArray): void {
    this.#parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  join(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Every method throws a ClientError that names the file where it ends too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  #at = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  damaged(): ClientError {
    return new ClientError(`file ${this.#file} of the model is damaged at offset ${this.#at}`);
  }

  skip(count: number): void {
    if (!(count >= 0 && this.#at + count <= this.#bytes.length)) throw this.damaged();
    this.#at += count;
  }

  bytes(count: number): Uint8Array {
    const from = this.#at;
    this.skip(count);
    return this.#bytes.subarray(from, from + count);
  }

  text(length: number): string {
    return Buffer.from(this.bytes(length)).toString('latin1');
  }

  int32(): number {
    this.skip(4);
    return this.#view.getInt32(this.#at - 4, true);
  }

  /** Thrown as well when it is beyond 2^53. */
  uint64(): number {
    this.skip(8);
    const value = Number(this.#view.getBigUint64(this.#at - 8, true));
    if (!Number.isSafeInteger(value)) throw this.damaged();
    return value;
  }

  /** A copy. */
  float32(length: number): Float32Array {
    return new Float32Array(new Uint8Array(this.bytes(length * 4)).buffer);
  }
}
