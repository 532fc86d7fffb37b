/**
 * What is small between near rows. `l2`: the squared Euclidean distance. `inner-product`: the negative inner product; of rows of length one, as
 * COSINE has them, it is the cosine with its sign turned.
 */
export type Metric = 'l2' | 'inner-product';

/** Neighbors of queries, `k` per query, nearest first. */
export interface Neighbors {
  readonly k: number;
  /** As {@link Metric} has them. */
  readonly distances: Float32Array;
  /** Numbers of rows, from 0; -1 where there are fewer rows than k. */
  readonly rows: Int32Array;
}
