/** A channel cut into batches of a fixed number of rows, kept in memory between epochs when it fits. */
import type { RowOptions } from '../formats/row-block.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { keepBudget, type KeepOptions, Replay } from './kept-batches.ts';
import { readRows } from './read-rows.ts';

export interface BatchOptions extends RowOptions, KeepOptions {
  /** Rows in every batch but the last; may depend on the number of columns, which is not known before the first row. */
  readonly batchRows: number | ((columns: number) => number);
  /** Called once for each batch that was read, e.g. to shift it; the batch is handed on when it is done. */
  readonly prepare?: (batch: Batch) => void | Promise<void>;
}

/** As a RowBlock: pointers into kernel memory, valid until the next batch is asked for. */
export interface Batch {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  readonly labelSize: number;
  readonly values: number;
  readonly labels: number;
}

export class BatchedData {
  readonly #channel: DataChannel;
  readonly #kernels: Kernels;
  readonly #options: BatchOptions;
  readonly #budget: number;
  #kept: Batch[] | undefined;
  #epochsRead = 0;
  readonly #replay = new Replay();

  constructor(channel: DataChannel, kernels: Kernels, options: BatchOptions) {
    this.#channel = channel;
    this.#kernels = kernels;
    this.#options = options;
    this.#budget = keepBudget(options);
  }

  /** The batches of one epoch, in the order of the data. An epoch that is not read to its end is not kept. */
  async *epoch(): AsyncGenerator<Batch> {
    if (this.#kept !== undefined) return yield* this.#replay.of(this.#kept);
    const batches: Batch[] = [];
    let keeping = this.#budget > 0;
    let complete = false;
    try {
      for await (const batch of this.#read(() => keeping)) {
        await this.#options.prepare?.(batch);
        yield batch;
        if (!keeping) continue;
        batches.push(batch);
        if (batches.length * bytesOf(batch) <= this.#budget) continue;
        // Too much: from here on one batch is enough, and the next epochs read again.
        keeping = false;
        for (const kept of batches.splice(0)) this.#free(kept);
      }
      complete = true;
    } finally {
      if (complete && keeping) this.#kept = batches;
      else for (const batch of batches) this.#free(batch);
    }
  }

  /**
   * All rows that were kept, as one batch that is the caller's to free; `undefined` when there are none. Takes as much memory again while it copies,
   * and the next epoch would read anew.
   */
  join(): Batch | undefined {
    const [first, ...others] = this.#kept ?? [];
    if (first === undefined) return undefined;
    this.#kept = undefined;
    const rows = others.reduce((sum, batch) => sum + batch.rows, first.rows);
    const joined = this.#allocate({ ...first, rows });
    let filled = 0;
    for (const batch of [first, ...others]) {
      this.#copy(batch.values, 0, joined.values, filled, batch.rows, batch.stride);
      this.#copy(batch.labels, 0, joined.labels, filled, batch.rows, batch.labelSize);
      filled += batch.rows;
      this.#free(batch);
    }
    return joined;
  }

  /** Frees the rows that were kept. */
  release(): void {
    for (const batch of this.#kept ?? []) this.#free(batch);
    this.#kept = undefined;
  }

  /** `fresh`: whether the next batch needs memory of its own. */
  async *#read(fresh: () => boolean): AsyncGenerator<Batch> {
    const wanted = this.#options.batchRows;
    let target: Batch | undefined;
    let filled = 0;
    try {
      for await (const block of readRows(this.#channel, this.#epochsRead++, this.#kernels, this.#options)) {
        const batchRows = typeof wanted === 'number' ? wanted : wanted(block.columns);
        for (let row = 0; row < block.rows;) {
          target ??= this.#allocate({ ...block, rows: batchRows });
          const taken = Math.min(block.rows - row, batchRows - filled);
          this.#copy(block.values, row, target.values, filled, taken, block.stride);
          this.#copy(block.labels, row, target.labels, filled, taken, block.labelSize);
          row += taken;
          filled += taken;
          if (filled < batchRows) continue;
          const own = fresh();
          yield target;
          filled = 0;
          if (own) target = undefined;
        }
      }
      if (target !== undefined && filled > 0) {
        const last = { ...target, rows: filled };
        const own = fresh();
        if (own) target = undefined;
        yield last;
      }
    } finally {
      if (target !== undefined) this.#free(target);
    }
  }

  #allocate(shape: Batch): Batch {
    const { heap } = this.#kernels;
    const labels = shape.labelSize === 0 ? 0 : heap.allocate(shape.rows * shape.labelSize * 4);
    return { ...shape, values: heap.allocate(shape.rows * shape.stride * 4), labels };
  }

  #free(batch: Batch): void {
    this.#kernels.heap.free(batch.values);
    if (batch.labels !== 0) this.#kernels.heap.free(batch.labels);
  }

  #copy(source: number, sourceRow: number, target: number, targetRow: number, rows: number, width: number): void {
    if (width === 0) return;
    const from = this.#kernels.heap.viewFloat32(source + sourceRow * width * 4, rows * width);
    this.#kernels.heap.viewFloat32(target + targetRow * width * 4, rows * width).set(from);
  }
}

function bytesOf(batch: Batch): number {
  return batch.rows * (batch.stride + batch.labelSize) * 4;
}
