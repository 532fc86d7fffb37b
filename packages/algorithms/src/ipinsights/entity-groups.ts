/** Rows of one entity, added up to one. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';

const digitBits = 11;

export class EntityGroups {
  /** The number of each group's entity. */
  readonly numbers: HeapArray<Int32Array>;
  readonly #kernels: Kernels;
  readonly #vectors: number;
  readonly #orders: readonly [HeapArray<Int32Array>, HeapArray<Int32Array>];
  readonly #starts: HeapArray<Int32Array>;
  readonly #ends = new Int32Array(2 ** digitBits);

  /** `vectors`: entities have numbers below. `most`: rows that are added up at once. */
  constructor(kernels: Kernels, vectors: number, most: number) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#vectors = vectors;
    this.numbers = heap.int32(most);
    this.#orders = [heap.int32(most), heap.int32(most)];
    this.#starts = heap.int32(most + 1);
  }

  /** Adds up the rows whose entities are equal, in their order, to `sums`; returns how many groups there are. */
  sum(entities: Uint32Array, rows: number, width: number, sums: number): number {
    const order = this.#sort(entities);
    const [numbers, starts] = [this.numbers.values, this.#starts.values];
    let groups = 0;
    for (let at = 0, last = -1; at < entities.length; at++) {
      const entity = entities[order.values[at] ?? 0] ?? 0;
      if (entity === last) continue;
      numbers[groups] = entity;
      starts[groups++] = at;
      last = entity;
    }
    starts[groups] = entities.length;
    const args = [rows, order.pointer, this.#starts.pointer, width, sums];
    this.#kernels.pool.parallel('ipinsights', 'sum_groups', { items: groups, grain: 256 }, args);
    return groups;
  }

  release(): void {
    for (const { pointer } of [this.numbers, ...this.#orders, this.#starts]) this.#kernels.heap.free(pointer);
  }

  /** The places of the entities by their numbers; places of the same entity stay in order. Digit by digit, the last one first. */
  #sort(entities: Uint32Array): HeapArray<Int32Array> {
    let [sorted, other] = this.#orders;
    for (let at = 0; at < entities.length; at++) sorted.values[at] = at;
    for (let shift = 0; 2 ** shift < this.#vectors; shift += digitBits) {
      [sorted, other] = [other, sorted];
      this.#sortByDigit(entities, shift, other.values, sorted.values);
    }
    return sorted;
  }

  #sortByDigit(entities: Uint32Array, shift: number, places: Int32Array, sorted: Int32Array): void {
    const ends = this.#ends.fill(0);
    const digits = ends.length - 1;
    for (const entity of entities) {
      const digit = (entity >>> shift) & digits;
      ends[digit] = (ends[digit] ?? 0) + 1;
    }
    for (let digit = 1; digit <= digits; digit++) ends[digit] = (ends[digit] ?? 0) + (ends[digit - 1] ?? 0);
    for (let at = entities.length - 1; at >= 0; at--) {
      const place = places[at] ?? 0;
      const digit = ((entities[place] ?? 0) >>> shift) & digits;
      const end = (ends[digit] ?? 0) - 1;
      ends[digit] = end;
      sorted[end] = place;
    }
  }
}
