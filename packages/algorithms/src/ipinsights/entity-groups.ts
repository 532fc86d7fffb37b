/** Rows of one entity, added up to one. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';

export class EntityGroups {
  /** The number of each group's entity. */
  readonly numbers: HeapArray<Int32Array>;
  readonly #kernels: Kernels;
  readonly #members: HeapArray<Int32Array>;
  readonly #starts: HeapArray<Int32Array>;

  constructor(kernels: Kernels, most: number) {
    this.#kernels = kernels;
    this.numbers = kernels.heap.int32(most);
    this.#members = kernels.heap.int32(most);
    this.#starts = kernels.heap.int32(most + 1);
  }

  /** Adds up the rows whose entities are equal, in their order, to `sums`; returns how many groups there are. */
  sum(entities: Uint32Array, rows: number, width: number, sums: number): number {
    const count = entities.length;
    // Sorted together with their places, so that equal ones stay in order.
    const keys = Float64Array.from(entities, (entity, at) => entity * count + at).sort();
    let groups = 0;
    for (let at = 0, last = -1; at < count; at++) {
      const key = keys[at] ?? 0;
      const member = key % count;
      const entity = (key - member) / count;
      this.#members.values[at] = member;
      if (entity === last) continue;
      this.numbers.values[groups] = entity;
      this.#starts.values[groups++] = at;
      last = entity;
    }
    this.#starts.values[groups] = count;
    const args = [rows, this.#members.pointer, this.#starts.pointer, width, sums];
    this.#kernels.pool.parallel('ipinsights', 'sum_groups', { items: groups, grain: 256 }, args);
    return groups;
  }

  release(): void {
    for (const { pointer } of [this.numbers, this.#members, this.#starts]) this.#kernels.heap.free(pointer);
  }
}
