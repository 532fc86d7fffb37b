/** Which lists a query looks into. */
import type { NearestIndex } from './nearest-index.ts';
import type { Probes } from './search-panels.ts';

export interface ChosenProbes extends Probes {
  /** Distance to the center of each list. */
  readonly distances: Float32Array;
}

/** The lists with the nearest centers, `most` of them, or as many more as it takes to find k rows. */
export function chooseProbes(
  coarse: NearestIndex,
  sizes: Int32Array,
  queries: Float32Array,
  most: number,
  k: number,
): ChosenProbes {
  const count = queries.length / coarse.columns;
  const usual = coarse.search(queries, Math.min(most, coarse.rows));
  const starts = new Int32Array(count + 1);
  const lists: number[] = [];
  const distances: number[] = [];
  for (let query = 0; query < count; query++) {
    let own = usual;
    let at = query * own.k;
    if (rowsIn(own.rows.subarray(at, at + own.k), sizes) < k) {
      own = coarse.search(queries.subarray(query * coarse.columns, (query + 1) * coarse.columns), coarse.rows);
      at = 0;
    }
    let rows = 0;
    for (let i = 0; i < own.k && (i < usual.k || rows < k); i++) {
      const list = own.rows[at + i] ?? 0;
      rows += sizes[list] ?? 0;
      lists.push(list);
      distances.push(own.distances[at + i] ?? 0);
    }
    starts[query + 1] = lists.length;
  }
  return { starts, lists: Int32Array.from(lists), distances: Float32Array.from(distances) };
}

function rowsIn(lists: Int32Array, sizes: Int32Array): number {
  let rows = 0;
  for (const list of lists) rows += sizes[list] ?? 0;
  return rows;
}
