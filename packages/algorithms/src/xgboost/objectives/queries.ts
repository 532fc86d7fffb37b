/** Kernels over the queries of ranking data: gradients and metrics. */
import { mostBlocks } from '../../kernels/thread-control.ts';
import type { Kernels } from '../../kernels/kernels.ts';
import type { DataSet } from '../matrix.ts';

export interface QueryTask {
  readonly kernels: Kernels;
  readonly data: DataSet;
  /** One 32-bit number per row, in kernel memory. */
  readonly scores: number;
  readonly kernel: 'lambda_gradients' | 'query_ndcg' | 'query_map' | 'query_precision';
  /** What the kernel takes behind the queries. */
  readonly parameters: readonly number[];
}

/** Rows whose queries one thread takes at a time; sums depend on it, and on no number of threads. */
const leastGrain = 1024;
/** As the kernels have it: per row; and per block, eight rows and the table of a radix sort. */
const rowBytes = 28;
const blockBytes = 8 * rowBytes + 24_576;

/** Returns the sum of what the blocks return. */
export function overQueries({ kernels: { heap, pool }, data, scores, kernel, parameters }: QueryTask): number {
  const rows = data.labels.values.length;
  const grain = Math.max(leastGrain, Math.ceil(rows / mostBlocks));
  const from = rowsOfQueries(data);
  const starts = heap.allocate(from.byteLength);
  heap.viewInt32(starts, from.length).set(from);
  // A kernel reads whole vectors.
  const ofRanks = discounts(longestQuery(from) + 3);
  const places = heap.allocate(ofRanks.byteLength);
  heap.viewFloat64(places, ofRanks.length).set(ofRanks);
  const space = heap.allocate(rows * rowBytes + Math.ceil(rows / grain) * blockBytes);
  const weights = queryWeights(data)?.pointer ?? 0;
  const sums = pool.parallel('queries', kernel, { items: rows, grain }, [
    scores,
    data.labels.pointer,
    weights,
    starts,
    from.length - 1,
    places,
    space,
    ...parameters,
  ]);
  for (const pointer of [starts, places, space]) heap.free(pointer);
  return sums.reduce((total, sum) => total + sum, 0);
}

/** Of all queries together; of each it is 1, when nothing else is said. */
export function weightOfQueries(data: DataSet): number {
  return queryWeights(data)?.values.reduce((sum, weight) => sum + weight, 0) ?? rowsOfQueries(data).length - 1;
}

/** Where the rows of each query begin, and how many there are; without queries all rows are one. */
function rowsOfQueries({ groupStarts, labels }: DataSet): Int32Array {
  return groupStarts ?? Int32Array.of(0, labels.values.length);
}

/** Weights of other data are per row, and rankings do without them. */
function queryWeights({ groupStarts, weights }: DataSet): DataSet['weights'] {
  return groupStarts === undefined ? undefined : weights;
}

function longestQuery(starts: Int32Array): number {
  let longest = 0;
  for (let query = 1; query < starts.length; query++)
    longest = Math.max(longest, (starts[query] ?? 0) - (starts[query - 1] ?? 0));
  return longest;
}

let known = new Float64Array(0);

/** What a gain counts for at each rank. */
function discounts(ranks: number): Float64Array {
  if (known.length < ranks) known = Float64Array.from({ length: ranks }, (_, rank) => 1 / Math.log2(rank + 2));
  return known.subarray(0, ranks);
}
