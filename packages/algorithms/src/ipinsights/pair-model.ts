/** Vectors of entities and the encoder of addresses, in kernel memory. */
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { BIT_ROWS, blockCount, blockPairs, scratchBytes, type EncoderShape } from './encoder-shape.ts';

export class PairModel {
  readonly shape: EncoderShape;
  readonly entities: number;
  /** `entities` × width. */
  readonly table: HeapArray<Float32Array>;
  /** `shape.rows` × width. */
  readonly encoder: HeapArray<Float32Array>;
  /** What the kernels make of the encoder, by {@link pack}. */
  readonly tables: number;
  readonly packed: number;
  /** Room for all blocks to compute in. */
  readonly scratch: number;
  readonly #kernels: Kernels;

  constructor(kernels: Kernels, entities: number, shape: EncoderShape) {
    const { heap } = kernels;
    const { width, layers, rows } = shape;
    this.#kernels = kernels;
    this.shape = shape;
    this.entities = entities;
    this.table = heap.float32(entities * width);
    this.encoder = heap.float32(rows * width);
    this.tables = heap.allocate(128 * width * 4);
    this.packed = heap.allocate(layers * width * width * 4);
    this.scratch = heap.allocate(blockCount(shape) * scratchBytes(shape));
  }

  /** Small random vectors of entities; an encoder that keeps the size of what it is given. Biases are zero. */
  draw(seed: number): void {
    const { dimensions, width, layers } = this.shape;
    const rows = (pointer: number, count: number, scale: number, stream: number): void => {
      const args = [pointer, width, dimensions, seed, stream, scale];
      this.#kernels.pool.parallel('ipinsights', 'draw_rows', { items: count, grain: Math.ceil(count / 1024) }, args);
    };
    rows(this.table.pointer, this.entities, 0.5 / Math.sqrt(dimensions), 1);
    rows(this.encoder.pointer, BIT_ROWS - 1, Math.sqrt(3 / 32), 2);
    // Of many layers each adds its part.
    const scale = Math.sqrt(6 / dimensions / Math.max(1, layers));
    for (let layer = 0; layer < layers; layer++)
      rows(this.encoder.pointer + (BIT_ROWS + layer * (width + 1)) * width * 4, dimensions, scale, 3 + layer);
  }

  /** After the encoder has changed. */
  pack(): void {
    const { pool } = this.#kernels;
    const { width, layers } = this.shape;
    pool.call('ipinsights', 'pack_tables', [this.encoder.pointer, width, this.tables]);
    const items = (layers * width) / 8;
    if (items > 0)
      pool.parallel('ipinsights', 'pack_layers', { items, grain: Math.max(1, Math.ceil(items / 64)) }, [
        this.encoder.pointer,
        width,
        this.packed,
      ]);
  }

  /** Writes the vectors of `count` addresses; all are pointers. */
  encode(addresses: number, count: number, vectors: number): void {
    const { width, layers } = this.shape;
    this.#kernels.pool.parallel('ipinsights', 'encode', { items: count, grain: blockPairs(this.shape, count) }, [
      addresses,
      this.tables,
      this.packed,
      this.encoder.pointer,
      layers,
      width,
      vectors,
      this.scratch,
      scratchBytes(this.shape),
    ]);
  }

  /** Writes the dot product of each entity with the vector beside it; all are pointers. */
  score(entities: number, vectors: number, count: number, scores: number): void {
    const args = [this.table.pointer, entities, vectors, this.shape.width, scores];
    this.#kernels.pool.parallel('ipinsights', 'score_pairs', { items: count, grain: 1024 }, args);
  }

  release(): void {
    const { heap } = this.#kernels;
    for (const pointer of [this.table.pointer, this.encoder.pointer, this.tables, this.packed, this.scratch])
      heap.free(pointer);
  }
}
