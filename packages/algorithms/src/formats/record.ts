/** The protobuf message `aialgs.data.Record` of SageMaker's record files: decoded without a schema library, because this is a hot path. */

export type TensorType = 'float32' | 'float64' | 'int32';

/** A dense vector, or with {@link keys} a sparse one. */
export interface Tensor {
  readonly type: TensorType;
  readonly values: Float32Array | Float64Array | Int32Array;
  /** Column of each value; empty for a dense vector. */
  readonly keys: Float64Array;
  /** Of a sparse vector: the number of columns. */
  readonly shape: readonly number[];
}

export interface DataRecord {
  readonly features: Readonly<Record<string, Tensor>>;
  readonly label: Readonly<Record<string, Tensor>>;
  readonly uid?: string;
  readonly metadata?: string;
  /** JSON that a request may carry. */
  readonly configuration?: string;
}

/** Thrown by {@link decodeRecord}; the reader adds file and offset. */
export class MalformedRecord extends Error {}

const noKeys = new Float64Array(0);

/** Thrown when the bytes are not such a message, or hold images rather than numbers: {@link MalformedRecord}. */
export function decodeRecord(bytes: Uint8Array): DataRecord {
  const cursor = new Cursor(bytes, 0, bytes.length);
  const features: Record<string, Tensor> = {};
  const label: Record<string, Tensor> = {};
  const texts: { uid?: string; metadata?: string; configuration?: string } = {};
  while (cursor.more()) {
    const tag = cursor.varint();
    if (tag === 0x0a) decodeEntry(cursor.nested(), features);
    else if (tag === 0x12) decodeEntry(cursor.nested(), label);
    else if (tag === 0x1a) texts.uid = cursor.text();
    else if (tag === 0x22) texts.metadata = cursor.text();
    else if (tag === 0x2a) texts.configuration = cursor.text();
    else cursor.skip(tag & 7);
  }
  return { features, label, ...texts };
}

function decodeEntry(cursor: Cursor, into: Record<string, Tensor>): void {
  let key = '';
  let value: Tensor | undefined;
  while (cursor.more()) {
    const tag = cursor.varint();
    if (tag === 0x0a) key = cursor.text();
    else if (tag === 0x12) value = decodeValue(cursor.nested());
    else cursor.skip(tag & 7);
  }
  if (value !== undefined) into[key] = value;
}

function decodeValue(cursor: Cursor): Tensor | undefined {
  let tensor: Tensor | undefined;
  while (cursor.more()) {
    const tag = cursor.varint();
    if (tag === 0x12) tensor = decodeTensor(cursor.nested(), 'float32');
    else if (tag === 0x1a) tensor = decodeTensor(cursor.nested(), 'float64');
    else if (tag === 0x3a) tensor = decodeTensor(cursor.nested(), 'int32');
    else if (tag === 0x4a) throw new MalformedRecord('it holds bytes where numbers are expected');
    else cursor.skip(tag & 7);
  }
  return tensor;
}

function decodeTensor(cursor: Cursor, type: TensorType): Tensor {
  let values: Tensor['values'] | undefined;
  let keys: Float64Array = noKeys;
  let shape: Float64Array = noKeys;
  while (cursor.more()) {
    const tag = cursor.varint();
    if (tag === 0x0a) values = joined(values, decodeValues(cursor, type));
    else if (tag === 0x12) keys = joined(keys, cursor.packedVarints());
    else if (tag === 0x1a) shape = joined(shape, cursor.packedVarints());
    else if (tag === 0x0d && type === 'float32') values = joined(values, new Float32Array(cursor.fixed(4).buffer));
    else if (tag === 0x09 && type === 'float64') values = joined(values, new Float64Array(cursor.fixed(8).buffer));
    else if (tag === 0x08 && type === 'int32') values = joined(values, Int32Array.of(cursor.int32()));
    else if (tag === 0x10) keys = joined(keys, Float64Array.of(cursor.varint()));
    else if (tag === 0x18) shape = joined(shape, Float64Array.of(cursor.varint()));
    else cursor.skip(tag & 7);
  }
  return { type, values: values ?? new Float32Array(0), keys, shape: shape.length === 0 ? [] : Array.from(shape) };
}

function decodeValues(cursor: Cursor, type: TensorType): Tensor['values'] {
  if (type === 'int32') return Int32Array.from(cursor.packedVarints((run) => run.int32()));
  const width = type === 'float32' ? 4 : 8;
  const bytes = cursor.packed();
  if (bytes.length % width !== 0)
    throw new MalformedRecord(`its ${type} values have a length of ${bytes.length} bytes`);
  // A copy, because the bytes may lie at an odd address and are overwritten by the next chunk.
  const { buffer } = new Uint8Array(bytes);
  return type === 'float32' ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** Writers may cut a repeated field into several runs. */
function joined<A extends Float32Array | Float64Array | Int32Array>(before: A | undefined, more: A): A {
  if (before === undefined || before.length === 0) return more;
  // Safe: the constructor of an array makes arrays of its own type.
  const whole = new (before.constructor as new (length: number) => A)(before.length + more.length);
  whole.set(before);
  whole.set(more, before.length);
  return whole;
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  more(): boolean {
    return this.#at < this.#end;
  }

  /** Up to 64 bits without sign; above 2^53 the value is rounded. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#at >= this.#end) throw new MalformedRecord('it is cut off');
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new MalformedRecord('a number in it is longer than 64 bits');
  }

  /** A signed number: negative ones are written as 64 bits, of which the lower half tells all. */
  int32(): number {
    const start = this.#at;
    this.varint();
    let value = 0;
    for (let at = start, shift = 0; at < this.#at && shift < 32; at++, shift += 7)
      value |= ((this.#bytes[at] ?? 0) & 0x7f) << shift;
    return value;
  }

  nested(): Cursor {
    const length = this.varint();
    const start = this.#take(length);
    return new Cursor(this.#bytes, start, start + length);
  }

  packed(): Uint8Array {
    const length = this.varint();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  packedVarints(read: (run: Cursor) => number = (run) => run.varint()): Float64Array {
    const run = this.nested();
    const values: number[] = [];
    while (run.more()) values.push(read(run));
    return Float64Array.from(values);
  }

  fixed(length: number): Uint8Array<ArrayBuffer> {
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  text(): string {
    return new TextDecoder().decode(this.packed());
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.packed();
    else if (wireType === 5) this.#take(4);
    else throw new MalformedRecord('it is not a protobuf message');
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || start + length > this.#end) throw new MalformedRecord('it is cut off');
    this.#at = start + length;
    return start;
  }
}
