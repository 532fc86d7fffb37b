import type { SharedHeap } from './shared-heap.ts';

/** A piece of kernel memory that is replaced by a larger one on need. */
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
    const capacity = Math.max(bytes, Math.min(this.#capacity * 2, this.#capacity + 67_108_864));
    const pointer = this.#heap.allocate(capacity);
    const target = this.#heap.viewBytes(pointer, capacity);
    if (keep > 0) target.set(this.#heap.viewBytes(this.#pointer, keep));
    target.fill(0, keep);
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
