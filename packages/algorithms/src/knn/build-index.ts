/** From sampled rows to the content of an index. */
import { ClientError } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { rowStride } from '../kernels/kernels.ts';
import { Centers } from '../kmeans/centers.ts';
import { chooseCenters } from '../kmeans/choose-centers.ts';
import { lloyd } from '../kmeans/lloyd.ts';
import { Random } from '../random.ts';
import { codeWords } from './coded-index.ts';
import type { IndexContent, ListedContent } from './index-content.ts';
import type { Metric } from './metric.ts';
import { openFlat } from './flat-index.ts';
import { normalise } from './normalise.ts';

export interface BuildOptions {
  readonly metric: Metric;
  readonly columns: number;
  /** Lists; absent for an index that compares with all rows. */
  readonly lists?: number | undefined;
  /** Bytes of a code, a divisor of `columns`; absent where lists hold the rows themselves. */
  readonly parts?: number | undefined;
  readonly seed: number;
}

/** Rows that each center learns from at most; more of them change the centers little. */
const rowsPerList = 64;
const listIterations = 10;
const rowsPerWord = 64;
const wordIterations = 15;

/** @param rows without padding. Thrown when there are fewer rows than lists: ClientError. */
export function buildIndex(kernels: Kernels, rows: Float32Array, options: BuildOptions): IndexContent {
  const { metric, columns, lists, parts, seed } = options;
  if (lists === undefined) return { kind: 'flat', metric, columns, rows };
  const count = rows.length / columns;
  if (count < lists)
    throw new ClientError(`channel train has ${count} rows, fewer than the ${lists} lists of faiss_index_ivf_nlists`);
  const sample = sampled(rows, columns, rowsPerList * lists, new Random(seed, 11));
  const centers = trainCenters(kernels, sample, columns, { count: lists, iterations: listIterations, seed });
  if (metric === 'inner-product') normalise(centers, columns);
  const listed = intoLists(kernels, rows, { metric, columns, centers });
  if (parts === undefined) return listed;
  const codebook = trainCodebook(kernels, differences(listed, rowsPerWord * codeWords, seed), columns, parts, seed);
  const codes = encode(kernels, listed, codebook, parts);
  const { rows: _, ...kept } = listed;
  return { ...kept, kind: 'ivf-pq', parts, codebook, codes };
}

/**
 * Lists that a query looks into. SageMaker has no hyperparameter for it; this many find nearly all neighbors of the kinds of data that are searched
 * in practice, at a small part of the comparisons.
 */
export function probesFor(lists: number): number {
  return Math.ceil(Math.sqrt(lists));
}

interface KMeansOptions {
  readonly count: number;
  readonly iterations: number;
  readonly seed: number;
}

/** k-means over a sample: centers without padding. */
function trainCenters(
  kernels: Kernels,
  sample: Float32Array,
  columns: number,
  { count, iterations, seed }: KMeansOptions,
): Float32Array {
  const { heap } = kernels;
  const stride = rowStride(columns);
  const rowTotal = sample.length / columns;
  const padded = heap.float32(rowTotal * stride);
  for (let row = 0; row < rowTotal; row++)
    padded.values.set(sample.subarray(row * columns, (row + 1) * columns), row * stride);
  const rows = { rows: rowTotal, values: padded.pointer, weights: 0 };
  const centers = new Centers(kernels, count, columns);
  chooseCenters('random', kernels, rows, centers, new Random(seed, 12));
  lloyd(kernels, rows, centers, { maxIterations: iterations, tolerance: 0 });
  const values = new Float32Array(count * columns);
  for (let center = 0; center < count; center++) values.set(centers.row(center).subarray(0, columns), center * columns);
  centers.release();
  heap.free(padded.pointer);
  return values;
}

/** Puts each row into the list of its nearest center, in the order of the rows. */
function intoLists(
  kernels: Kernels,
  rows: Float32Array,
  { metric, columns, centers }: { readonly metric: Metric; readonly columns: number; readonly centers: Float32Array },
): ListedContent {
  const lists = centers.length / columns;
  const count = rows.length / columns;
  const coarse = openFlat(kernels, { metric, columns, rows: centers });
  const nearest = coarse.search(rows, 1).rows;
  coarse.release();
  const sizes = new Int32Array(lists);
  for (const list of nearest) sizes[list] = (sizes[list] ?? 0) + 1;
  const places = new Int32Array(lists);
  for (let list = 1; list < lists; list++) places[list] = (places[list - 1] ?? 0) + (sizes[list - 1] ?? 0);
  const ids = new Int32Array(count);
  const ordered = new Float32Array(rows.length);
  for (let row = 0; row < count; row++) {
    const list = nearest[row] ?? 0;
    const place = places[list] ?? 0;
    places[list] = place + 1;
    ids[place] = row;
    ordered.set(rows.subarray(row * columns, (row + 1) * columns), place * columns);
  }
  return { kind: 'ivf-flat', metric, columns, centers, probes: probesFor(lists), sizes, ids, rows: ordered };
}

/** Differences of sampled rows from the centers of their lists. */
function differences(listed: ListedContent, most: number, seed: number): Float32Array {
  const { columns } = listed;
  const centers = listOf(listed.sizes);
  const chosen = new Random(seed, 13).sample(Math.min(most, listed.ids.length), listed.ids.length);
  const values = new Float32Array(chosen.length * columns);
  chosen.forEach((row, at) => subtractCenter(listed, row, centers[row] ?? 0, values, at));
  return values;
}

function subtractCenter(
  { rows, centers, columns }: ListedContent,
  row: number,
  list: number,
  target: Float32Array,
  at: number,
): void {
  for (let i = 0; i < columns; i++)
    target[at * columns + i] = (rows[row * columns + i] ?? 0) - (centers[list * columns + i] ?? 0);
}

/** The list of each row. */
function listOf(sizes: Int32Array): Int32Array {
  const lists = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  let row = 0;
  sizes.forEach((size, list) => {
    lists.fill(list, row, row + size);
    row += size;
  });
  return lists;
}

/** Code words of each part by k-means. Where there are fewer rows than words, the last ones repeat the first and are never used. */
function trainCodebook(
  kernels: Kernels,
  sample: Float32Array,
  columns: number,
  parts: number,
  seed: number,
): Float32Array {
  const width = columns / parts;
  const words = Math.min(codeWords, sample.length / columns);
  const codebook = new Float32Array(codeWords * columns);
  for (let part = 0; part < parts; part++) {
    const learnt = trainCenters(kernels, partOf(sample, columns, part, width), width, {
      count: words,
      iterations: wordIterations,
      seed,
    });
    const start = part * codeWords * width;
    codebook.set(learnt, start);
    for (let word = words; word < codeWords; word++) codebook.set(learnt.subarray(0, width), start + word * width);
  }
  return codebook;
}

function partOf(rows: Float32Array, columns: number, part: number, width: number): Float32Array {
  const count = rows.length / columns;
  const values = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) values[row * width + i] = rows[row * columns + part * width + i] ?? 0;
  }
  return values;
}

/** Rows that are encoded together. */
const encodedRows = 65_536;

function encode(kernels: Kernels, listed: ListedContent, codebook: Float32Array, parts: number): Uint8Array {
  const { columns } = listed;
  const width = columns / parts;
  const count = listed.ids.length;
  const lists = listOf(listed.sizes);
  const codes = new Uint8Array(count * parts);
  const words = Array.from({ length: parts }, (_, part) => {
    const values = codebook.subarray(part * codeWords * width, (part + 1) * codeWords * width);
    return openFlat(kernels, { metric: 'l2', columns: width, rows: values });
  });
  for (let first = 0; first < count; first += encodedRows) {
    const rows = Math.min(encodedRows, count - first);
    const rest = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) subtractCenter(listed, first + row, lists[first + row] ?? 0, rest, row);
    words.forEach((index, part) => {
      const nearest = index.search(partOf(rest, columns, part, width), 1).rows;
      for (let row = 0; row < rows; row++) codes[(first + row) * parts + part] = nearest[row] ?? 0;
    });
  }
  for (const index of words) index.release();
  return codes;
}

function sampled(rows: Float32Array, columns: number, most: number, random: Random): Float32Array {
  const count = rows.length / columns;
  if (count <= most) return rows;
  const chosen = random.sample(most, count);
  const values = new Float32Array(most * columns);
  chosen.forEach((row, at) => values.set(rows.subarray(row * columns, (row + 1) * columns), at * columns));
  return values;
}
