/** As {@link BatchedData}, for rows that are mostly zero: a channel cut into batches, kept in memory between epochs when they fit. */
import { GrowingArray } from '../kernels/growing-array.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { keepBudget, type KeepOptions, Replay } from './kept-batches.ts';
import { readSparseRows } from './read-sparse-rows.ts';
import type { SparseBatch, SparseBlock, SparseOptions } from './sparse-batch.ts';

export interface SparseBatchOptions extends SparseOptions, KeepOptions {
  /** Rows in every batch but the last. */
  readonly batchRows: number;
  /** Also give the entries of a batch by feature. Takes four bytes more per feature while reading. Default false. */
  readonly byFeature?: boolean;
}

export class SparseBatchedData {
  readonly #channel: DataChannel;
  readonly #kernels: Kernels;
  readonly #options: SparseBatchOptions;
  readonly #budget: number;
  /** Pointers of the pieces that kept batches lie in. */
  #pieces: number[] = [];
  #kept: SparseBatch[] | undefined;
  #epochsRead = 0;
  readonly #replay = new Replay();

  constructor(channel: DataChannel, kernels: Kernels, options: SparseBatchOptions) {
    this.#channel = channel;
    this.#kernels = kernels;
    this.#options = options;
    this.#budget = keepBudget(options);
  }

  /** The batches of one epoch, in the order of the data. An epoch that is not read to its end is not kept. */
  async *epoch(): AsyncGenerator<SparseBatch> {
    if (this.#kept !== undefined) return yield* this.#replay.of(this.#kept);
    const batches: SparseBatch[] = [];
    let left = this.#budget;
    let complete = false;
    try {
      for await (const batch of this.#read()) {
        left -= bytesOf(batch);
        if (left > 0) batches.push(this.#copy(batch));
        else this.#freePieces();
        yield batch;
      }
      complete = true;
    } finally {
      if (complete && left > 0) this.#kept = batches;
      else this.#freePieces();
    }
  }

  /** Frees the batches that were kept. */
  release(): void {
    this.#freePieces();
    this.#kept = undefined;
  }

  async *#read(): AsyncGenerator<SparseBatch> {
    const stage = new Stage(this.#kernels, this.#options);
    try {
      for await (const block of readSparseRows(this.#channel, this.#epochsRead++, this.#kernels, this.#options)) {
        for (let row = 0; row < block.rows;) {
          row += stage.add(block, row);
          if (stage.isFull) yield stage.take();
        }
      }
      if (!stage.isEmpty) yield stage.take();
    } finally {
      stage.release();
    }
  }

  /** One piece of memory for all arrays of the batch. */
  #copy(batch: SparseBatch): SparseBatch {
    const { heap } = this.#kernels;
    let at = heap.allocate(bytesOf(batch));
    this.#pieces.push(at);
    const copied = (pointer: number, length: number): number => {
      if (pointer === 0) return 0;
      const target = at;
      heap.viewInt32(target, length).set(heap.viewInt32(pointer, length));
      at += length * 4;
      return target;
    };
    const { rows, entries, byFeature } = batch;
    return {
      rows,
      entries,
      starts: copied(batch.starts, rows + 1),
      keys: copied(batch.keys, entries),
      values: copied(batch.values, entries),
      labels: copied(batch.labels, rows),
      byFeature: byFeature && {
        count: byFeature.count,
        ids: copied(byFeature.ids, byFeature.count),
        starts: copied(byFeature.starts, byFeature.count + 1),
        rows: copied(byFeature.rows, entries),
        values: copied(byFeature.values, entries),
      },
    };
  }

  #freePieces(): void {
    for (const piece of this.#pieces.splice(0)) this.#kernels.heap.free(piece);
  }
}

/** Where a batch is put together. */
class Stage {
  readonly #kernels: Kernels;
  readonly #options: SparseBatchOptions;
  readonly #starts: GrowingArray;
  readonly #keys: GrowingArray;
  readonly #values: GrowingArray;
  readonly #labels: GrowingArray;
  readonly #columns: GrowingArray;
  readonly #places: number;
  #rows = 0;
  #entries = 0;

  constructor(kernels: Kernels, options: SparseBatchOptions) {
    const { heap } = kernels;
    this.#kernels = kernels;
    this.#options = options;
    this.#starts = new GrowingArray(heap);
    this.#keys = new GrowingArray(heap);
    this.#values = new GrowingArray(heap);
    this.#labels = new GrowingArray(heap);
    this.#columns = new GrowingArray(heap);
    this.#places = options.byFeature === true ? heap.int32(options.columns).pointer : 0;
  }

  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  get isFull(): boolean {
    return this.#rows === this.#options.batchRows;
  }

  /** Takes rows of a block from `row` on, as many as there is room for, and returns how many. */
  add(block: SparseBlock, row: number): number {
    const { heap } = this.#kernels;
    const { labelSize, batchRows } = this.#options;
    const taken = Math.min(block.rows - row, batchRows - this.#rows);
    const from = block.starts[row] ?? 0;
    const to = block.starts[row + taken] ?? 0;
    const [rows, entries] = [this.#rows + taken, this.#entries + to - from];
    const starts = heap.viewInt32(
      this.#starts.reserve((rows + 1) * 4, (this.#rows + 1) * 4 * Number(this.#rows > 0)),
      rows + 1,
    );
    starts[0] = 0;
    for (let i = 1; i <= taken; i++) starts[this.#rows + i] = (block.starts[row + i] ?? 0) - from + this.#entries;
    const keys = this.#keys.reserve(entries * 4, this.#entries * 4) + this.#entries * 4;
    heap.viewInt32(keys, to - from).set(block.keys.subarray(from, to));
    const values = this.#values.reserve(entries * 4, this.#entries * 4) + this.#entries * 4;
    heap.viewFloat32(values, to - from).set(block.values.subarray(from, to));
    if (labelSize > 0) {
      const labels = this.#labels.reserve(rows * 4, this.#rows * 4) + this.#rows * 4;
      heap.viewFloat32(labels, taken).set(block.labels.subarray(row, row + taken));
    }
    [this.#rows, this.#entries] = [rows, entries];
    return taken;
  }

  /** The rows so far, valid until more are added; the stage is empty then. */
  take(): SparseBatch {
    const batch = {
      rows: this.#rows,
      entries: this.#entries,
      starts: this.#starts.pointer,
      keys: this.#keys.pointer,
      values: this.#values.pointer,
      labels: this.#labels.pointer,
    };
    [this.#rows, this.#entries] = [0, 0];
    return { ...batch, byFeature: this.#options.byFeature === true ? this.#byFeature(batch) : undefined };
  }

  release(): void {
    for (const array of [this.#starts, this.#keys, this.#values, this.#labels, this.#columns]) array.release();
    if (this.#places !== 0) this.#kernels.heap.free(this.#places);
  }

  #byFeature({ rows, entries, starts, keys, values }: Omit<SparseBatch, 'byFeature'>): SparseBatch['byFeature'] {
    const bytes = entries * 4;
    const ids = this.#columns.reserve(bytes * 4 + 4);
    const columns = { ids, rows: ids + bytes, values: ids + 2 * bytes, starts: ids + 3 * bytes };
    const count = this.#kernels.pool.call('sparse', 'columns_of', [
      rows,
      starts,
      keys,
      values,
      this.#places,
      ids,
      columns.starts,
      columns.rows,
      columns.values,
    ]);
    return { count, ...columns };
  }
}

function bytesOf({ rows, entries, labels, byFeature }: SparseBatch): number {
  const own = rows + 1 + 2 * entries + (labels === 0 ? 0 : rows);
  return 4 * (own + (byFeature === undefined ? 0 : 2 * byFeature.count + 1 + 2 * entries));
}
