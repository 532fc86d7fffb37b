import { alignment, type SharedHeap } from './shared-heap.ts';

/** A piece of kernel memory that grows on need: where it lies if there is room behind it, else it moves. */
export class GrowingArray {
  readonly #heap: SharedHeap;
  #pointer = 0;
  #capacity = 0;

  constructor(heap: SharedHeap) {
    this.#heap = heap;
  }

  get pointer(): number {
    return this.#pointer;
  }

  /** In bytes. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for `bytes`, keeping the first `keep` bytes. New bytes are zero. Returns the pointer, which changes when the array grows. */
  reserve(bytes: number, keep = 0): number {
    if (bytes <= this.#capacity) return this.#pointer;
    const wanted = Math.max(bytes, Math.min(this.#capacity * 2, this.#capacity + 67_108_864));
    const capacity = Math.ceil(wanted / alignment) * alignment;
    if (this.#capacity > 0 && this.#heap.extend(this.#pointer, capacity)) {
      this.#heap.viewBytes(this.#pointer, this.#capacity).fill(0, keep);
      this.#capacity = capacity;
      return this.#pointer;
    }
    const pointer = this.#heap.allocateZeros(capacity);
    if (keep > 0) this.#heap.viewBytes(pointer, keep).set(this.#heap.viewBytes(this.#pointer, keep));
    this.release();
    this.#pointer = pointer;
    this.#capacity = capacity;
    return pointer;
  }

  release(): void {
    if (this.#capacity > 0) this.#heap.free(this.#pointer);
    this.#pointer = 0;
    this.#capacity = 0;
  }
}
