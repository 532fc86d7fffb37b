/** Rows as they are read, dense or sparse, gathered into one matrix. */
import { ClientError } from '../errors.ts';
import type { RowBlock } from '../formats/row-block.ts';
import { GrowingArray } from '../kernels/growing-array.ts';
import { rowStride, type Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { requireMemory } from '../program/memory.ts';
import type { DataSet, Matrix } from './matrix.ts';

export interface CollectorOptions {
  readonly checkLabel: (label: number) => string | undefined;
  /** Features that dense rows must have. */
  readonly columns?: number | undefined;
  readonly ranking: boolean;
}

/** Sparse rows with finite values, their features ascending. */
export interface SparseBlock {
  readonly labels: Float32Array;
  readonly weights: Float32Array | undefined;
  /** Of each row, NaN for the one before it. */
  readonly queries: Float64Array | undefined;
  /** Where the entries of each row begin, and their number at the end. */
  readonly starts: Int32Array;
  readonly features: Int32Array;
  readonly values: Float32Array;
  /** One more than the greatest feature. */
  readonly columns: number;
}

const mostColumns = 2 ** 31 - 2;

export class RowCollector {
  readonly #kernels: Kernels;
  readonly #options: CollectorOptions;
  readonly #labels: GrowingArray;
  readonly #weights: GrowingArray;
  readonly #values: GrowingArray;
  readonly #indices: GrowingArray;
  readonly #starts: GrowingArray;
  #weighted = false;
  #form: 'dense' | 'sparse' | undefined;
  #columns: number;
  #entries = 0;
  #rows = 0;
  #queries: number[] = [];
  #query: number | undefined;

  constructor(kernels: Kernels, options: CollectorOptions) {
    this.#kernels = kernels;
    this.#options = options;
    this.#columns = options.columns ?? 0;
    const array = (): GrowingArray => new GrowingArray(kernels.heap);
    [this.#labels, this.#weights, this.#values, this.#indices, this.#starts] = [
      array(),
      array(),
      array(),
      array(),
      array(),
    ];
  }

  get rows(): number {
    return this.#rows;
  }

  get size(): { readonly rows: number; readonly entries: number } {
    return { rows: this.#rows, entries: this.#entries };
  }

  /** Makes room at once for `times` as many sparse rows as came after `since`: that spares the arrays to grow beside one another. */
  expect(since: { readonly rows: number; readonly entries: number }, times: number): void {
    if (this.#form !== 'sparse') return;
    // A little more than is expected, so that a little more does not make them grow after all.
    const wanted = (before: number, now: number): number => Math.ceil(before + (now - before) * times * 1.02);
    const rows = wanted(since.rows, this.#rows);
    const bytes = wanted(since.entries, this.#entries) * 4;
    this.#reserve(this.#labels, rows * 4, this.#rows * 4);
    this.#reserve(this.#starts, (rows + 1) * 4, (this.#rows + 1) * 4);
    this.#reserve(this.#indices, bytes, this.#entries * 4);
    this.#reserve(this.#values, bytes, this.#entries * 4);
  }

  /** Features of dense rows, once they are known. */
  get denseColumns(): number | undefined {
    return this.#form === 'dense' ? this.#columns : this.#form === undefined ? this.#options.columns : undefined;
  }

  /** Dense rows of finite numbers, NaN where one is missing; with `weights` the first column is not a feature. */
  addBlock(block: RowBlock, weights: Float32Array | undefined): void {
    const { heap } = this.#kernels;
    const skipped = weights === undefined ? 0 : 1;
    const columns = block.columns - skipped;
    this.#become('dense', columns);
    const stride = rowStride(columns);
    const from = heap.viewFloat32(block.values, block.rows * block.stride);
    const to = this.#reserve(this.#values, (this.#rows + block.rows) * stride * 4, this.#rows * stride * 4);
    const target = heap.viewFloat32(to, (this.#rows + block.rows) * stride).subarray(this.#rows * stride);
    if (skipped === 0) target.set(from);
    else
      for (let row = 0; row < block.rows; row++)
        target.set(from.subarray(row * block.stride + 1, row * block.stride + 1 + columns), row * stride);
    const labels = this.#reserve(this.#labels, (this.#rows + block.rows) * 4, this.#rows * 4);
    heap.viewFloat32(labels + this.#rows * 4, block.rows).set(heap.viewFloat32(block.labels, block.rows));
    if (weights !== undefined) this.#setWeights(weights);
    this.#rows += block.rows;
  }

  /** `place`: of a row of the block, for messages. Thrown when a label is wrong: ClientError. */
  addSparse(block: SparseBlock, place: (row: number) => string): void {
    const { labels, weights, queries, starts, features, values } = block;
    const count = labels.length;
    for (let row = 0; row < count; row++) this.#checkLabel(labels[row] ?? Number.NaN, () => place(row));
    this.#become('sparse', block.columns);
    const { heap } = this.#kernels;
    const [rows, entries] = [this.#rows, this.#entries];
    const ownLabels = this.#reserve(this.#labels, (rows + count) * 4, rows * 4);
    heap.viewFloat32(ownLabels + rows * 4, count).set(labels);
    if (weights !== undefined || this.#weighted) this.#setWeights(weights ?? new Float32Array(count).fill(1));
    const bytes = (entries + values.length) * 4;
    const ownIndices = this.#reserve(this.#indices, bytes, entries * 4);
    heap.viewInt32(ownIndices + entries * 4, features.length).set(features);
    const ownValues = this.#reserve(this.#values, bytes, entries * 4);
    heap.viewFloat32(ownValues + entries * 4, values.length).set(values);
    const ownStarts = this.#reserve(this.#starts, (rows + count + 1) * 4, (rows + 1) * 4);
    const ends = heap.viewInt32(ownStarts + (rows + 1) * 4, count);
    for (let row = 0; row < count; row++) ends[row] = entries + (starts[row + 1] ?? 0);
    for (const [row, query] of queries?.entries() ?? [])
      if (!Number.isNaN(query)) this.#setQuery(query, rows + row, () => place(row));
    this.#rows += count;
    this.#entries += values.length;
  }

  /** Begins a row; one of {@link denseRow} and {@link sparseRow} follows. Thrown when the label is wrong: ClientError. */
  startRow(label: number, place: string, weight?: number): void {
    this.#checkLabel(label, () => place);
    const pointer = this.#reserve(this.#labels, (this.#rows + 1) * 4, this.#rows * 4);
    this.#kernels.heap.viewFloat32(pointer + this.#rows * 4, 1)[0] = label;
    if (weight !== undefined || this.#weighted) this.#setWeights(Float32Array.of(weight ?? 1));
  }

  denseRow(values: ArrayLike<number>, place: string): void {
    if (this.#form === 'sparse') {
      this.sparseRow(undefined, values, values.length, place);
      return;
    }
    if (this.#columns > 0 && values.length !== this.#columns)
      throw new ClientError(`${place}: ${values.length} features, expected ${this.#columns}`);
    this.#become('dense', values.length);
    const stride = rowStride(values.length);
    const pointer = this.#reserve(this.#values, (this.#rows + 1) * stride * 4, this.#rows * stride * 4);
    const own = this.#kernels.heap.viewFloat32(pointer + this.#rows * stride * 4, values.length);
    own.set(values);
    refuseInfinite(own, stride, place);
    this.#rows++;
  }

  /** `keys`: the feature of each value; all in their order where it is absent. `width`: features of the row, if it says. */
  sparseRow(keys: ArrayLike<number> | undefined, values: ArrayLike<number>, width: number, place: string): void {
    this.#become('sparse', Math.max(this.#columns, width));
    const { heap } = this.#kernels;
    if (keys !== undefined && keys.length !== values.length)
      throw new ClientError(`${place}: ${keys.length} keys for ${values.length} values`);
    const count = values.length;
    const bytes = (this.#entries + count) * 4;
    const [indices, numbers] = [this.#indices, this.#values].map((array) =>
      this.#reserve(array, bytes, this.#entries * 4),
    );
    const ownIndices = heap.viewInt32((indices ?? 0) + this.#entries * 4, count);
    const ownValues = heap.viewFloat32((numbers ?? 0) + this.#entries * 4, count);
    let kept = 0;
    let last = -1;
    let sorted = true;
    for (let at = 0; at < count; at++) {
      const key = keys === undefined ? at : (keys[at] ?? -1);
      const value = values[at] ?? Number.NaN;
      if (!(Number.isInteger(key) && key >= 0 && key <= mostColumns))
        throw new ClientError(`${place}: key ${key} is out of range: features are numbered from 0`);
      if (Number.isNaN(value)) continue;
      if (!Number.isFinite(Math.fround(value)))
        throw new ClientError(`${place}: feature ${key} is ${value}, not a finite number of 32 bits`);
      if (key <= last) sorted = false;
      last = key;
      if (key >= this.#columns) this.#columns = key + 1;
      ownIndices[kept] = key;
      ownValues[kept++] = value;
    }
    if (!sorted) sortEntries(ownIndices.subarray(0, kept), ownValues.subarray(0, kept), place);
    this.#entries += kept;
    this.#rows++;
    const starts = this.#reserve(this.#starts, (this.#rows + 1) * 4, this.#rows * 4);
    heap.viewInt32(starts + this.#rows * 4, 1)[0] = this.#entries;
  }

  /** The query of the row that was begun last; rows of a query lie together. */
  setQuery(query: number, place: string): void {
    this.#setQuery(query, this.#rows, () => place);
  }

  finish(): DataSet {
    const { heap } = this.#kernels;
    const rows = this.#rows;
    const groupStarts = this.#queries.length === 0 ? undefined : Int32Array.from([...this.#queries, rows]);
    const floats = (array: GrowingArray, length: number): HeapArray<Float32Array> => ({
      pointer: array.pointer,
      values: heap.viewFloat32(array.pointer, length),
    });
    const labels = floats(this.#labels, rows);
    let weights = this.#weighted ? floats(this.#weights, rows) : undefined;
    if (weights !== undefined && this.#options.ranking)
      weights = this.#perQuery(weights, groupStarts ?? Int32Array.of(0, rows));
    return { matrix: this.#matrix(), labels, weights, groupStarts };
  }

  #matrix(): Matrix {
    const { heap } = this.#kernels;
    const [rows, columns] = [this.#rows, this.#columns];
    if (this.#form !== 'sparse') {
      const stride = rowStride(columns);
      const { pointer } = this.#values;
      return {
        kind: 'dense',
        rows,
        columns,
        stride,
        values: { pointer, values: heap.viewFloat32(pointer, rows * stride) },
      };
    }
    const view = (array: GrowingArray, length: number): HeapArray<Int32Array> => ({
      pointer: array.pointer,
      values: heap.viewInt32(array.pointer, length),
    });
    const length = this.#entries;
    const numbers = { pointer: this.#values.pointer, values: heap.viewFloat32(this.#values.pointer, length) };
    return {
      kind: 'sparse',
      rows,
      columns,
      starts: view(this.#starts, rows + 1),
      indices: view(this.#indices, length),
      values: numbers,
    };
  }

  /** A query has the weight of its first row. */
  #perQuery(weights: HeapArray<Float32Array>, starts: Int32Array): HeapArray<Float32Array> {
    const own = this.#kernels.heap.float32(starts.length - 1);
    for (let query = 0; query < own.values.length; query++) own.values[query] = weights.values[starts[query] ?? 0] ?? 1;
    this.#kernels.heap.free(weights.pointer);
    return own;
  }

  #checkLabel(label: number, place: () => string): void {
    const problem = Number.isFinite(label)
      ? this.#options.checkLabel(label)
      : `the label is ${label}, not a finite number`;
    if (problem !== undefined) throw new ClientError(`${place()}: ${problem}`);
  }

  #setQuery(query: number, row: number, place: () => string): void {
    if (query === this.#query) return;
    if (this.#query !== undefined && query < this.#query)
      throw new ClientError(`${place()}: qid ${query} comes after qid ${this.#query}; sort the rows by qid`);
    this.#query = query;
    this.#queries.push(row);
  }

  #setWeights(weights: Float32Array): void {
    const { heap } = this.#kernels;
    const pointer = this.#reserve(this.#weights, (this.#rows + weights.length) * 4, this.#rows * 4);
    // Rows before the first that has a weight count as 1.
    if (!this.#weighted) heap.viewFloat32(pointer, this.#rows).fill(1);
    this.#weighted = true;
    heap.viewFloat32(pointer + this.#rows * 4, weights.length).set(weights);
  }

  #become(form: 'dense' | 'sparse', columns: number): void {
    if (this.#form === undefined || this.#rows === 0) {
      this.#form = form;
      if (form === 'dense') this.#columns = columns;
      else this.#reserve(this.#starts, 4, 0);
    } else if (this.#form === 'dense' && form === 'sparse') this.#spread();
    this.#columns = form === 'dense' && this.#form === 'dense' ? this.#columns : Math.max(this.#columns, columns);
  }

  /** Dense rows become sparse ones, because a sparse one follows. */
  #spread(): void {
    const [rows, columns] = [this.#rows, this.#columns];
    const stride = rowStride(columns);
    const { heap } = this.#kernels;
    const dense = heap.viewFloat32(this.#values.pointer, rows * stride).slice();
    this.#values.release();
    this.#form = 'sparse';
    this.#rows = 0;
    this.#reserve(this.#starts, 4, 0);
    for (let row = 0; row < rows; row++)
      this.sparseRow(undefined, dense.subarray(row * stride, row * stride + columns), columns, '');
  }

  #reserve(array: GrowingArray, bytes: number, keep: number): number {
    if (bytes <= array.capacity) return array.pointer;
    // Growing needs the old and the new array side by side.
    requireMemory({
      bytes: this.#kernels.heap.bytesInUse + bytes,
      what: `the data read so far, ${this.#rows} rows with ${this.#columns} features,`,
      remedy: 'use fewer rows, more hosts with ShardedByS3Key, or sparse data',
    });
    return array.reserve(bytes, keep);
  }
}

function refuseInfinite(values: Float32Array, stride: number, place: string): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
      throw new ClientError(
        `${place}: feature ${at % stride} of a row is ${value}, or too large for 32 bits: it must be a finite number`,
      );
  }
}

function sortEntries(indices: Int32Array, values: Float32Array, place: string): void {
  const order = Int32Array.from(indices, (_, at) => at).sort((a, b) => (indices[a] ?? 0) - (indices[b] ?? 0));
  const [oldIndices, oldValues] = [indices.slice(), values.slice()];
  for (const [at, from] of order.entries()) {
    indices[at] = oldIndices[from] ?? 0;
    values[at] = oldValues[from] ?? 0;
    if (at > 0 && indices[at] === indices[at - 1])
      throw new ClientError(`${place}: feature ${indices[at]} is given twice`);
  }
}
