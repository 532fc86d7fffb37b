/** The loss of a batch and its slopes: every pair is held against addresses drawn at random, and against those of other pairs of the batch. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Random } from '../random.ts';
import { blockCount, blockPairs, scratchBytes, slotBytes } from './encoder-shape.ts';
import { shuffledOrder } from './pair-batches.ts';
import type { PairModel } from './pair-model.ts';
import type { Pairs } from './read-pairs.ts';

export interface NegativeRates {
  readonly random: number;
  readonly shuffled: number;
}

export class Gradients {
  /** Of the encoder: as many rows as it has. */
  readonly encoder: HeapArray<Float32Array>;
  /** Pointer to a row for each pair of the batch: the gradient of its entity. */
  readonly entities: number;
  /** Pointer to room for as many rows. */
  readonly spare: number;
  readonly #kernels: Kernels;
  readonly #model: PairModel;
  readonly #rates: NegativeRates;
  readonly #numbers: HeapArray<Int32Array>;
  readonly #addresses: HeapArray<Int32Array>;
  readonly #orders: HeapArray<Int32Array>;
  readonly #places: HeapArray<Int32Array>;
  readonly #slopes: number;
  readonly #slots: number;

  /** `most`: pairs in a batch at most. */
  constructor(kernels: Kernels, model: PairModel, rates: NegativeRates, most: number) {
    const { heap } = kernels;
    const { width, rows } = model.shape;
    this.#kernels = kernels;
    this.#model = model;
    this.#rates = rates;
    this.encoder = heap.float32(rows * width);
    this.entities = heap.allocate(most * width * 4);
    this.spare = heap.allocate(most * width * 4);
    this.#numbers = heap.int32(most);
    this.#addresses = heap.int32(most);
    this.#orders = heap.int32(rates.shuffled * most);
    this.#places = heap.int32(rates.shuffled * most);
    this.#slopes = heap.allocate((1 + rates.shuffled) * most * 4);
    this.#slots = heap.allocate(blockCount(model.shape) * slotBytes(model.shape));
  }

  /** Computes the gradients of the summed loss, and returns that. `random` decides on all negative samples. */
  compute(batch: Pairs, random: Random): number {
    const { pool } = this.#kernels;
    const { shape, table, encoder } = this.#model;
    const { count } = batch;
    const span = { items: count, grain: blockPairs(shape, count) };
    this.#numbers.values.set(batch.entities);
    this.#addresses.values.set(batch.addresses);
    this.#shuffle(count, random);
    this.#model.pack();
    this.#model.encode(this.#addresses.pointer, count, this.spare);
    const { shuffled } = this.#rates;
    const pairs = [table.pointer, this.#numbers.pointer, this.#addresses.pointer];
    let loss = total(
      pool.parallel('ipinsights', 'compare_pairs', span, [
        ...pairs,
        this.spare,
        shape.width,
        count,
        this.#orders.pointer,
        shuffled,
        this.#slopes,
        this.entities,
      ]),
    );
    const { tables, packed, scratch } = this.#model;
    const model = [tables, packed, encoder.pointer, shape.layers, shape.width];
    const room = [this.#slots, slotBytes(shape), scratch, scratchBytes(shape)];
    pool.parallel('ipinsights', 'learn_pairs', span, [
      ...pairs,
      ...model,
      count,
      this.#places.pointer,
      shuffled,
      this.#slopes,
      ...room,
    ]);
    for (let round = 0; round < this.#rates.random; round++) {
      const seeds = [random.uint32(), random.uint32()];
      pool.parallel('ipinsights', 'draw_addresses', { items: count, grain: 8192 }, [this.#addresses.pointer, ...seeds]);
      loss += total(pool.parallel('ipinsights', 'learn_random', span, [...pairs, ...model, this.entities, ...room]));
    }
    pool.parallel('ipinsights', 'collect_gradients', { items: shape.rows, grain: 16 + (shape.rows >> 12) * 16 }, [
      this.#slots,
      slotBytes(shape),
      Math.ceil(span.items / span.grain),
      shape.width,
      this.encoder.pointer,
    ]);
    return loss;
  }

  /** Pairs that one pair of the data stands for in the loss. */
  get pairsPerPair(): number {
    return 1 + this.#rates.random + this.#rates.shuffled;
  }

  release(): void {
    const { heap } = this.#kernels;
    for (const { pointer } of [this.encoder, this.#numbers, this.#addresses, this.#orders, this.#places])
      heap.free(pointer);
    for (const pointer of [this.entities, this.spare, this.#slopes, this.#slots]) heap.free(pointer);
  }

  #shuffle(count: number, random: Random): void {
    for (let shuffle = 0; shuffle < this.#rates.shuffled; shuffle++) {
      const order = this.#orders.values.subarray(shuffle * count, (shuffle + 1) * count);
      shuffledOrder(count, random, order);
      const places = this.#places.values.subarray(shuffle * count, (shuffle + 1) * count);
      for (let row = 0; row < count; row++) places[order[row] ?? 0] = row;
    }
  }
}

function total(parts: Float64Array): number {
  return parts.reduce((sum, part) => sum + part, 0);
}
