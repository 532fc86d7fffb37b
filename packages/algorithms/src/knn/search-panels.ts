/** Compares queries with panels, in groups that share what was read of them; a few queries share the threads by parts of the panels. */
import { ClientError } from '../errors.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Neighbors } from './metric.ts';
import type { Filter } from './filter.ts';
import type { Panels } from './panels.ts';

/** Lists to look into: those of query i lie from `starts[i]` to `starts[i + 1]`. */
export interface Probes {
  readonly starts: Int32Array;
  readonly lists: Int32Array;
}

export interface SearchOptions {
  /** Without them all lists are looked into. */
  readonly probes?: Probes;
  /** Of the panels; for a search without probes. */
  readonly filter?: Filter | undefined;
}

const groupSize = 64;
/** Queries that are searched together. */
const batchRows = 4096;
/** Parts that the panels are cut into for few queries: a constant, so that it does not depend on the number of threads. */
const fewGroups = 16;
/** Below this many numbers to compare with, one thread is quicker. */
const smallWork = 65_536;
/** Beyond this length squares and their differences leave the range of 32 bits. */
export const mostSquare = 1e37;

/** @param queries rows of `panels.columns` numbers. Thrown when a query is too long for 32 bits: ClientError. */
export function searchPanels(
  kernels: Kernels,
  panels: Panels,
  queries: Float32Array,
  k: number,
  { probes, filter }: SearchOptions = {},
): Neighbors {
  const { columns } = panels;
  const count = queries.length / columns;
  const found: Neighbors = { k, distances: new Float32Array(count * k), rows: new Int32Array(count * k) };
  for (let first = 0; first < count; first += batchRows) {
    const batch = queries.subarray(first * columns, Math.min(count, first + batchRows) * columns);
    const own = probes && pairsByList(panels, probes, first, batch.length / columns);
    searchBatch(kernels, panels, batch, k, own ?? filter, {
      k,
      distances: found.distances.subarray(first * k),
      rows: found.rows.subarray(first * k),
    });
  }
  return found;
}

interface Pairs {
  /** Each group's first pair, and the end. */
  readonly starts: Int32Array;
  readonly lists: Int32Array;
  /** Number in the group. */
  readonly queries: Int32Array;
}

function searchBatch(
  kernels: Kernels,
  panels: Panels,
  batch: Float32Array,
  k: number,
  by: Pairs | Filter | undefined,
  target: Neighbors,
): void {
  const { heap, pool } = kernels;
  const { columns } = panels;
  const count = batch.length / columns;
  const groups = Math.ceil(count / groupSize);
  const pairs = by !== undefined && 'queries' in by ? by : undefined;
  const filter = by !== undefined && 'basis' in by ? by : undefined;
  const splits = splitsFor(panels, groups, count, pairs);
  const owned: number[] = [];
  const own = (array: { readonly pointer: number }): number => {
    owned.push(array.pointer);
    return array.pointer;
  };
  try {
    const shifted = heap.float32(batch.length);
    own(shifted);
    shift(batch, panels, shifted.values);
    const slots = groups * splits * groupSize * k;
    const keys = own({ pointer: heap.allocate(slots * 4) });
    const places = own({ pointer: heap.allocate(slots * 4) });
    const index = [
      panels.values.pointer,
      panels.norms.pointer,
      panels.ids.pointer,
      columns,
      panels.metric === 'l2' ? -2 : -1,
      panels.starts.pointer,
    ];
    const search = [shifted.pointer, count, groupSize, splits, k, keys, places];
    const span = { items: groups * splits, grain: 1 };
    if (filter !== undefined) {
      const { components, basis, slack } = filter;
      const turned = own(heap.float32(count * (components + 1)));
      const args = [shifted.pointer, columns, basis.pointer, components, slack, turned];
      pool.parallel('knn', 'filter_queries', { items: count, grain: 64 }, args);
      const extra = [filter.panels, components + 1, turned];
      pool.parallel('knn', 'scan_filtered', span, [...index, panels.lists, ...search, ...extra]);
    } else if (pairs === undefined) pool.parallel('knn', 'scan_all', span, [...index, panels.lists, ...search]);
    else {
      const arrays = [pairs.starts, pairs.lists, pairs.queries].map((values) => {
        const array = heap.int32(values.length);
        array.values.set(values);
        return own(array);
      });
      pool.parallel('knn', 'scan_chosen', span, [...index, ...arrays, ...search]);
    }
    const distances = heap.float32(count * k);
    const rows = heap.int32(count * k);
    own(distances);
    own(rows);
    pool.parallel('knn', 'collect', { items: count, grain: 64 }, [
      panels.values.pointer,
      panels.ids.pointer,
      columns,
      shifted.pointer,
      groupSize,
      splits,
      k,
      keys,
      places,
      panels.metric === 'l2' ? 1 : 0,
      distances.pointer,
      rows.pointer,
    ]);
    target.distances.set(distances.values);
    target.rows.set(rows.values);
  } finally {
    for (const pointer of owned) heap.free(pointer);
  }
}

function splitsFor(panels: Panels, groups: number, count: number, pairs: Pairs | undefined): number {
  const parts = pairs === undefined ? panels.lists : pairs.lists.length / groups;
  const share = pairs === undefined ? 1 : pairs.lists.length / (count * panels.lists);
  const work = panels.rows * panels.columns * share * count;
  return work < smallWork ? 1 : Math.max(1, Math.min(Math.floor(parts), Math.ceil(fewGroups / groups)));
}

function shift(queries: Float32Array, { origin, columns }: Panels, target: Float32Array): void {
  for (let start = 0; start < queries.length; start += columns) {
    let square = 0;
    for (let i = 0; i < columns; i++) {
      const value = (queries[start + i] ?? 0) - (origin[i] ?? 0);
      square += value * value;
      target[start + i] = value;
    }
    if (!(square < mostSquare))
      throw new ClientError(`row ${start / columns + 1}: its numbers are too large to measure distances in 32 bits`);
  }
}

/** The probes of each group of queries, ordered by list, so that the group reads a list once. */
function pairsByList(panels: Panels, probes: Probes, first: number, count: number): Pairs {
  const from = probes.starts[first] ?? 0;
  const total = (probes.starts[first + count] ?? 0) - from;
  const groups = Math.ceil(count / groupSize);
  const pairs: Pairs = {
    starts: new Int32Array(groups + 1),
    lists: new Int32Array(total),
    queries: new Int32Array(total),
  };
  const places = new Int32Array(panels.lists);
  for (let group = 0; group < groups; group++) {
    const firstQuery = first + group * groupSize;
    const lastQuery = Math.min(first + count, firstQuery + groupSize);
    const begin = probes.starts[firstQuery] ?? 0;
    const end = probes.starts[lastQuery] ?? 0;
    pairs.starts[group] = begin - from;
    pairs.starts[group + 1] = end - from;
    places.fill(0);
    for (let i = begin; i < end; i++) {
      const list = probes.lists[i] ?? 0;
      places[list] = (places[list] ?? 0) + 1;
    }
    let place = begin - from;
    for (let list = 0; list < places.length; list++) {
      const size = places[list] ?? 0;
      places[list] = place;
      place += size;
    }
    for (let query = firstQuery; query < lastQuery; query++) {
      for (let i = probes.starts[query] ?? 0; i < (probes.starts[query + 1] ?? 0); i++) {
        const list = probes.lists[i] ?? 0;
        const at = places[list] ?? 0;
        places[list] = at + 1;
        pairs.lists[at] = list;
        pairs.queries[at] = query - firstQuery;
      }
    }
  }
  return pairs;
}
