/** Product quantisation: rows are known by codes of a few bytes (Jégou, Douze, Schmid: Product quantization for nearest neighbor search, 2011). */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import type { CodedContent } from './index-content.ts';
import type { Neighbors } from './metric.ts';
import { openFlat } from './flat-index.ts';
import type { NearestIndex } from './nearest-index.ts';
import { chooseProbes } from './probes.ts';

/** Code words of a part. */
export const codeWords = 256;
/** Queries that are searched together, and in one block. */
const batchRows = 4096;
const blockItems = 8;
/** Parts that a query's lists are cut into when there are few queries: a constant, so that it does not depend on the number of threads. */
const fewQueries = 8;

export class CodedIndex implements NearestIndex {
  readonly columns: number;
  readonly rows: number;
  readonly #kernels: Kernels;
  readonly #coarse: NearestIndex;
  readonly #content: Pick<CodedContent, 'sizes' | 'parts' | 'probes'>;
  readonly #codes: HeapArray<Uint8Array>;
  readonly #terms: HeapArray<Float32Array>;
  readonly #ids: HeapArray<Int32Array>;
  readonly #starts: HeapArray<Int32Array>;
  readonly #codebook: HeapArray<Float32Array>;

  constructor(kernels: Kernels, content: CodedContent) {
    const { heap } = kernels;
    const { columns, sizes, ids, codes, codebook, parts, probes } = content;
    this.#kernels = kernels;
    this.columns = columns;
    this.rows = ids.length;
    this.#content = { sizes, parts, probes };
    this.#coarse = openFlat(kernels, { metric: content.metric, columns, rows: content.centers });
    this.#codes = heap.bytes(codes.length);
    this.#codes.values.set(codes);
    this.#ids = heap.int32(ids.length);
    this.#ids.values.set(ids);
    this.#starts = heap.int32(sizes.length + 1);
    sizes.forEach((size, list) => (this.#starts.values[list + 1] = (this.#starts.values[list] ?? 0) + size));
    this.#codebook = heap.float32(codebook.length);
    this.#codebook.values.set(byDimension(codebook, columns / parts));
    this.#terms = heap.float32(ids.length);
    this.#fillTerms(sizes, content.centers);
  }

  search(queries: Float32Array, k: number): Neighbors {
    const { columns } = this;
    const count = queries.length / columns;
    const found: Neighbors = { k, distances: new Float32Array(count * k), rows: new Int32Array(count * k) };
    for (let first = 0; first < count; first += batchRows) {
      const batch = queries.subarray(first * columns, Math.min(count, first + batchRows) * columns);
      const target = { k, distances: found.distances.subarray(first * k), rows: found.rows.subarray(first * k) };
      this.#searchBatch(batch, k, target);
    }
    return found;
  }

  release(): void {
    this.#coarse.release();
    for (const array of [this.#codes, this.#terms, this.#ids, this.#starts, this.#codebook])
      this.#kernels.heap.free(array.pointer);
  }

  #searchBatch(queries: Float32Array, k: number, target: Neighbors): void {
    const { heap, pool } = this.#kernels;
    const { parts, sizes, probes: most } = this.#content;
    const count = queries.length / this.columns;
    const probes = chooseProbes(this.#coarse, sizes, queries, most, k);
    const splits = Math.max(1, Math.floor(fewQueries / count));
    const items = count * splits;
    const owned: number[] = [];
    const own = <A extends { readonly pointer: number }>(array: A): A => {
      owned.push(array.pointer);
      return array;
    };
    try {
      const floats = (values: Float32Array): number => {
        const array = own(heap.float32(values.length));
        array.values.set(values);
        return array.pointer;
      };
      const whole = (values: Int32Array): number => {
        const array = own(heap.int32(values.length));
        array.values.set(values);
        return array.pointer;
      };
      const rows = floats(queries);
      const tables = own(heap.float32(Math.ceil(items / grainOf(splits)) * parts * codeWords)).pointer;
      const keys = own(heap.float32(items * k)).pointer;
      const places = own(heap.int32(items * k)).pointer;
      pool.parallel('knn', 'scan_codes', { items, grain: grainOf(splits) }, [
        this.#codes.pointer,
        this.#terms.pointer,
        this.#ids.pointer,
        this.#starts.pointer,
        this.#codebook.pointer,
        parts,
        this.columns / parts,
        rows,
        tables,
        whole(probes.starts),
        whole(probes.lists),
        floats(probes.distances),
        splits,
        k,
        keys,
        places,
      ]);
      const distances = own(heap.float32(count * k));
      const ids = own(heap.int32(count * k));
      // A group per query: its heaps, one for each split, lie side by side.
      pool.parallel('knn', 'collect', { items: count, grain: 64 }, [
        0,
        this.#ids.pointer,
        this.columns,
        rows,
        1,
        splits,
        k,
        keys,
        places,
        0,
        distances.pointer,
        ids.pointer,
      ]);
      for (let i = 0; i < count * k; i++) target.distances[i] = Math.max(0, distances.values[i] ?? 0);
      target.rows.set(ids.values);
    } finally {
      for (const pointer of owned) heap.free(pointer);
    }
  }

  #fillTerms(sizes: Int32Array, centerValues: Float32Array): void {
    const { heap, pool } = this.#kernels;
    const { parts } = this.#content;
    const lists = heap.int32(this.rows);
    sizes.forEach((size, list) => {
      const start = this.#starts.values[list] ?? 0;
      lists.values.fill(list, start, start + size);
    });
    const centers = heap.float32(centerValues.length);
    centers.values.set(centerValues);
    pool.parallel('knn', 'code_terms', { items: this.rows, grain: Math.max(1024, Math.ceil(this.rows / 8192)) }, [
      this.#codes.pointer,
      lists.pointer,
      centers.pointer,
      this.#codebook.pointer,
      parts,
      this.columns / parts,
      this.#terms.pointer,
    ]);
    heap.free(lists.pointer);
    heap.free(centers.pointer);
  }
}

function grainOf(splits: number): number {
  return splits > 1 ? 1 : blockItems;
}

/** From [part][word][dimension] to [part][dimension][word]. */
function byDimension(codebook: Float32Array, dimensions: number): Float32Array {
  const turned = new Float32Array(codebook.length);
  for (let i = 0; i < codebook.length; i++) {
    const part = Math.floor(i / (codeWords * dimensions));
    const word = Math.floor(i / dimensions) % codeWords;
    turned[(part * dimensions + (i % dimensions)) * codeWords + word] = codebook[i] ?? 0;
  }
  return turned;
}
