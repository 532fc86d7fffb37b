/** The one shared WebAssembly memory of a process and the allocator over it. */

const pageBytes = 65_536;
/** Of every piece, in bytes; sizes are multiples of it. */
export const alignment = 64;
/** The first bytes stay unused, so that pointer 0 can mean "none". */
const firstPointer = 1024;
const mostPages = 65_536;

/** An array in kernel memory: {@link pointer} is what kernels take, {@link values} what TypeScript reads and writes. */
export interface HeapArray<A> {
  readonly pointer: number;
  readonly values: A;
}

/** Thrown when the 4 GB that a kernel can address are not enough. */
export class HeapExhausted extends Error {
  constructor(wanted: number, used: number, options?: ErrorOptions) {
    super(
      `kernel memory is exhausted: ${megabytes(wanted)} MB wanted beside ${megabytes(used)} MB in use; the limit is 4096 MB`,
      options,
    );
    this.name = 'HeapExhausted';
  }
}

/**
 * First fit over a sorted list of holes. Meant for few and large pieces: matrices, buffers, tables. Memory grows on need and never shrinks,
 * but freed pieces are used again. Views stay valid when memory grows, because a shared buffer never moves.
 */
export class SharedHeap {
  readonly memory: WebAssembly.Memory;
  readonly #sizes = new Map<number, number>();
  #holes: { pointer: number; bytes: number }[] = [];
  #top = firstPointer;
  /** Bytes from here on have never belonged to a piece that was freed: nobody has written to them, unless their piece is in use. */
  #written = firstPointer;

  constructor() {
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: mostPages, shared: true });
  }

  /** Bytes in use by pieces that were not freed. */
  get bytesInUse(): number {
    let sum = 0;
    for (const bytes of this.#sizes.values()) sum += bytes;
    return sum;
  }

  /** Returns the pointer of a piece of at least `bytes`, aligned to 64. Its content is undefined. Thrown when memory is exhausted: {@link HeapExhausted}. */
  allocate(bytes: number): number {
    const size = sizeOf(bytes);
    const pointer = this.#takeHole(size) ?? this.#takeTop(size);
    this.#sizes.set(pointer, size);
    return pointer;
  }

  /** As {@link allocate}, and its content is zero. Large pieces take no memory of the machine before they are written to. */
  allocateZeros(bytes: number): number {
    const pointer = this.allocate(bytes);
    this.#clear(pointer, pointer + bytes);
    return pointer;
  }

  /** Makes a piece larger where it lies, its new bytes zero; `false` when there is no room behind it. Thrown when memory is exhausted: {@link HeapExhausted}. */
  extend(pointer: number, bytes: number): boolean {
    const held = this.#sizes.get(pointer);
    if (held === undefined) throw new RangeError(`no piece of kernel memory starts at ${pointer}`);
    const missing = sizeOf(bytes) - held;
    if (missing <= 0) return true;
    const end = pointer + held;
    const index = this.#holes.findIndex((hole) => hole.pointer === end && hole.bytes >= missing);
    if (index >= 0) this.#takeFrom(index, missing);
    else if (end === this.#top) this.#takeTop(missing);
    else return false;
    this.#sizes.set(pointer, held + missing);
    this.#clear(end, end + missing);
    return true;
  }

  /** Gives a piece back. Thrown when `pointer` is not the start of a piece in use. */
  free(pointer: number): void {
    const bytes = this.#sizes.get(pointer);
    if (bytes === undefined) throw new RangeError(`no piece of kernel memory starts at ${pointer}`);
    this.#sizes.delete(pointer);
    this.#written = Math.max(this.#written, pointer + bytes);
    const holes = [...this.#holes, { pointer, bytes }].toSorted((a, b) => a.pointer - b.pointer);
    this.#holes = [];
    for (const hole of holes) {
      const last = this.#holes.at(-1);
      if (last !== undefined && last.pointer + last.bytes === hole.pointer) last.bytes += hole.bytes;
      else this.#holes.push({ ...hole });
    }
    const last = this.#holes.at(-1);
    if (last !== undefined && last.pointer + last.bytes === this.#top) {
      this.#top = last.pointer;
      this.#holes.pop();
    }
  }

  /** Frees everything. */
  reset(): void {
    this.#sizes.clear();
    this.#holes = [];
    this.#written = Math.max(this.#written, this.#top);
    this.#top = firstPointer;
  }

  /** A new array of zeros. */
  float32(length: number): HeapArray<Float32Array> {
    const pointer = this.allocateZeros(length * 4);
    return { pointer, values: this.viewFloat32(pointer, length) };
  }

  /** A new array of zeros. */
  float64(length: number): HeapArray<Float64Array> {
    const pointer = this.allocateZeros(length * 8);
    return { pointer, values: this.viewFloat64(pointer, length) };
  }

  /** A new array of zeros. */
  int32(length: number): HeapArray<Int32Array> {
    const pointer = this.allocateZeros(length * 4);
    return { pointer, values: this.viewInt32(pointer, length) };
  }

  /** A new array of zeros. */
  bytes(length: number): HeapArray<Uint8Array> {
    const pointer = this.allocateZeros(length);
    return { pointer, values: this.viewBytes(pointer, length) };
  }

  viewFloat32(pointer: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, length);
  }

  viewFloat64(pointer: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, length);
  }

  viewInt32(pointer: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, pointer, length);
  }

  viewBytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  #takeHole(size: number): number | undefined {
    const index = this.#holes.findIndex((hole) => hole.bytes >= size);
    return index < 0 ? undefined : this.#takeFrom(index, size);
  }

  #takeFrom(index: number, size: number): number | undefined {
    const hole = this.#holes[index];
    if (hole === undefined) return undefined;
    const { pointer } = hole;
    hole.pointer += size;
    hole.bytes -= size;
    if (hole.bytes === 0) this.#holes.splice(index, 1);
    return pointer;
  }

  #clear(from: number, end: number): void {
    const last = Math.min(end, this.#written);
    if (last > from) this.viewBytes(from, last - from).fill(0);
  }

  #takeTop(size: number): number {
    const pointer = this.#top;
    const end = pointer + size;
    const missing = Math.ceil(end / pageBytes) - this.memory.buffer.byteLength / pageBytes;
    if (missing > 0) {
      if (Math.ceil(end / pageBytes) > mostPages) throw new HeapExhausted(size, this.bytesInUse);
      try {
        this.memory.grow(missing);
      } catch (cause) {
        throw new HeapExhausted(size, this.bytesInUse, { cause });
      }
    }
    this.#top = end;
    return pointer;
  }
}

function sizeOf(bytes: number): number {
  return Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_048_576);
}
