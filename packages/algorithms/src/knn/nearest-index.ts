import type { Neighbors } from './metric.ts';

/** An index that is open for searching. */
export interface NearestIndex {
  readonly columns: number;
  /** Rows that the index holds. */
  readonly rows: number;
  /** @param queries rows of {@link columns} numbers. Thrown when they are too large for 32 bits: ClientError. */
  search(queries: Float32Array, k: number): Neighbors;
  release(): void;
}
