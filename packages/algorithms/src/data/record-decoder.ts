import type { ByteSource } from '../formats/byte-source.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import { placeOfRecord } from '../formats/recordio-reader.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { SparseBlock, SparseOptions } from './sparse-batch.ts';

const CHUNK_BYTES = 4_194_304;
/** A row takes at least its frame's head. */
const LEAST_ROW_BYTES = 8;
const STATE_BYTES = 64;

/** Decodes a file of records by a kernel, until the end or the first record that is not as SageMaker's writers make them. */
export class RecordDecoder {
  /** What of the file blocks were made of. */
  readonly decoded = { records: 0, bytes: 0 };
  readonly #source: ByteSource;
  readonly #kernels: Kernels;
  readonly #options: SparseOptions;
  readonly #bytes: GrowingArray;
  readonly #rows: GrowingArray;
  readonly #entries: GrowingArray;
  readonly #state: number;
  /** Bytes that were read and not decoded: where they begin in the chunk, and where they end. */
  #start = 0;
  #end = 0;
  #isOver = false;

  constructor(source: ByteSource, kernels: Kernels, options: SparseOptions) {
    this.#source = source;
    this.#kernels = kernels;
    this.#options = options;
    this.#bytes = new GrowingArray(kernels.heap);
    this.#rows = new GrowingArray(kernels.heap);
    this.#entries = new GrowingArray(kernels.heap);
    this.#state = kernels.heap.allocate(STATE_BYTES);
  }

  /** The next rows, perhaps none; `undefined` when what is left is for {@link rest}. */
  async next(): Promise<SparseBlock | undefined> {
    if (this.#isOver) return undefined;
    await this.#fill();
    const { rows, entries, isOdd, pointers } = this.#decode();
    const { heap } = this.#kernels;
    const labels = heap.viewFloat32(pointers.labels, this.#options.labelSize === 1 ? rows : 0);
    const wrong = this.#wrongLabel(labels);
    const good = wrong === -1 ? rows : wrong;
    if (isOdd || wrong !== -1) this.#isOver = true;
    const used = heap.viewInt32(pointers.offsets, rows + 1)[good] ?? 0;
    const before = { ...this.decoded };
    this.#start += used;
    this.decoded.records += good;
    this.decoded.bytes += used;
    return {
      rows: good,
      starts: heap.viewInt32(pointers.starts, rows + 1),
      keys: heap.viewInt32(pointers.keys, entries),
      values: heap.viewFloat32(pointers.values, entries),
      labels,
      place: (row) => {
        const offset = heap.viewInt32(pointers.offsets, rows)[row] ?? 0;
        return placeOfRecord(this.#source, before.records + row + 1, before.bytes + offset);
      },
    };
  }

  /** What follows the last block. */
  rest(): ByteSource {
    return {
      name: this.#source.name,
      read: (into) => {
        const left = this.#end - this.#start;
        if (left === 0) return this.#source.read(into);
        const count = Math.min(left, into.length);
        into.set(this.#kernels.heap.viewBytes(this.#bytes.pointer + this.#start, count));
        this.#start += count;
        return Promise.resolve(count);
      },
      close: () => this.#source.close(),
    };
  }

  release(): void {
    for (const array of [this.#bytes, this.#rows, this.#entries]) array.release();
    this.#kernels.heap.free(this.#state);
  }

  /** Moves what is left to the front and reads until the chunk is full; it grows when a record does not fit. */
  async #fill(): Promise<void> {
    const { heap } = this.#kernels;
    const left = this.#end - this.#start;
    const isStuck = this.#start === 0 && left > 0 && left === this.#bytes.capacity;
    const pointer = this.#bytes.reserve(isStuck ? 2 * left : CHUNK_BYTES, left);
    const chunk = heap.viewBytes(pointer, this.#bytes.capacity);
    chunk.copyWithin(0, this.#start, this.#end);
    [this.#start, this.#end] = [0, left];
    while (this.#end < chunk.length) {
      const read = await this.#source.read(chunk.subarray(this.#end));
      this.#end += read;
      if (read > 0) continue;
      // Whole records are decoded now; a cut-off one is for the rest.
      this.#isOver = true;
      return;
    }
  }

  #decode() {
    const { heap, pool } = this.#kernels;
    const length = this.#end;
    const mostRows = Math.floor(length / LEAST_ROW_BYTES) + 1;
    const most = Math.floor(length / 4) + 1;
    const starts = this.#rows.reserve(mostRows * 12 + 4);
    const keys = this.#entries.reserve(most * 8);
    const pointers = {
      starts,
      labels: starts + mostRows * 4,
      offsets: starts + mostRows * 8,
      keys,
      values: keys + most * 4,
    };
    pool.call('records', 'sparse_rows', [
      this.#bytes.pointer,
      length,
      this.#options.columns,
      this.#options.labelSize,
      starts,
      keys,
      pointers.values,
      pointers.labels,
      pointers.offsets,
      this.#state,
    ]);
    const [rows = 0, entries = 0, odd = 0] = heap.viewInt32(this.#state, 3);
    return { rows, entries, isOdd: odd === 1, pointers };
  }

  #wrongLabel(labels: Float32Array): number {
    const { checkLabel } = this.#options;
    return checkLabel === undefined ? -1 : labels.findIndex((label) => checkLabel(label) !== undefined);
  }
}
