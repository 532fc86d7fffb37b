/** Where the values of each feature are cut into bins, by XGBoost's rule. */
import type { Collective } from '../collective/collective.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { requireMemory } from '../program/memory.ts';
import type { Matrix, SparseMatrix } from './matrix.ts';
import { mergeSummaries, type Summary } from './summary.ts';

export interface Cuts {
  /** Cuts of all features behind one another, ascending within a feature: a value's bin is the number of cuts that are not above it. */
  readonly values: Float32Array;
  /** Where each feature's cuts begin, and their number at the end. */
  readonly starts: Int32Array;
  /** Below every value of a feature. */
  readonly below: Float32Array;
  /** 1 where a row has no value of a feature. */
  readonly missing: Uint8Array;
  /** Of the exact method: the value of each bin. */
  readonly points: Float32Array | undefined;
}

export interface CutOptions {
  /** Most bins of a feature; Infinity: a bin for each value, cut in the middle between two, as the exact method has it. */
  readonly maxBin: number;
  /** Per row, in kernel memory; 0 for none. */
  readonly weights: number;
  /** How many categories each feature has, each of which has a bin; 0 of a feature that is cut. */
  readonly categories?: Int32Array | undefined;
}

/** Dense rows of a byte per cell have at most this many bins, one of which is for missing values. */
export const mostDenseBins = 256;

/** A summary of one host, from which those of several hosts are merged, is this much finer than the bins. */
const finer = 8;

export async function findCuts(
  kernels: Kernels,
  matrix: Matrix,
  collective: Collective,
  options: CutOptions,
): Promise<Cuts> {
  const own = summarise(kernels, matrix, options, collective.size === 1 ? 1 : finer);
  const rows = Float64Array.of(matrix.rows);
  await collective.sum(rows);
  const all = collective.size === 1 ? own : await mergeHosts(collective, own, options.maxBin);
  return cutsOf(all, options, rows[0] ?? 0);
}

function summarise(kernels: Kernels, matrix: Matrix, { maxBin, weights }: CutOptions, precision: number): Summary[] {
  const { heap, pool } = kernels;
  const { rows, columns } = matrix;
  const sparse = matrix.kind === 'sparse' ? byColumn(kernels, matrix) : undefined;
  const longest = sparse?.longest ?? rows;
  const capacity = Math.max(2, longest + (longest % 2));
  const most = Math.min(capacity + 1, Math.max(3, maxBin * precision + 1));
  const blocks = Math.min(pool.threads, columns);
  const spaceBytes = (capacity * 4 * (weights === 0 ? 6 : 7) + 24_576) * blocks;
  requireMemory({
    bytes: heap.bytesInUse + spaceBytes + columns * most * 24,
    what: `finding the bins of ${rows} rows with ${columns} features`,
    remedy: 'use fewer rows, features or bins',
  });
  const space = heap.allocate(spaceBytes);
  const entries = heap.float64(columns * most * 3);
  const sizes = heap.int32(columns);
  const present = heap.int32(columns);
  pool.parallel('quantiles', 'summarise', { items: columns, grain: Math.max(1, Math.ceil(columns / blocks)) }, [
    sparse?.values ?? matrix.values.pointer,
    matrix.kind === 'dense' ? matrix.stride : 0,
    rows,
    sparse?.starts ?? 0,
    sparse?.rows ?? 0,
    weights,
    most,
    entries.pointer,
    sizes.pointer,
    present.pointer,
    space,
    capacity,
  ]);
  const summaries = Array.from({ length: columns }, (_, column) => ({
    entries: entries.values.slice(column * most * 3, (column * most + (sizes.values[column] ?? 0)) * 3),
    present: present.values[column] ?? 0,
  }));
  for (const pointer of [space, entries.pointer, sizes.pointer, present.pointer]) heap.free(pointer);
  for (const pointer of sparse === undefined ? [] : [sparse.values, sparse.rows, sparse.starts]) heap.free(pointer);
  return summaries;
}

function byColumn(
  { heap, pool }: Kernels,
  matrix: SparseMatrix,
): { starts: number; values: number; rows: number; longest: number } {
  const { columns, rows } = matrix;
  const count = matrix.starts.values[rows] ?? 0;
  const starts = heap.int32(columns + 1);
  for (let at = 0; at < count; at++) {
    const next = (matrix.indices.values[at] ?? 0) + 1;
    starts.values[next] = (starts.values[next] ?? 0) + 1;
  }
  let longest = 0;
  for (let column = 0; column < columns; column++) {
    longest = Math.max(longest, starts.values[column + 1] ?? 0);
    starts.values[column + 1] = (starts.values[column + 1] ?? 0) + (starts.values[column] ?? 0);
  }
  const cursors = heap.int32(columns + 1);
  cursors.values.set(starts.values);
  const values = heap.allocate(count * 4);
  const rowOf = heap.allocate(count * 4);
  pool.call('quantiles', 'transpose', [
    matrix.indices.pointer,
    matrix.values.pointer,
    matrix.starts.pointer,
    rows,
    cursors.pointer,
    values,
    rowOf,
  ]);
  heap.free(cursors.pointer);
  return { starts: starts.pointer, values, rows: rowOf, longest };
}

async function mergeHosts(collective: Collective, own: readonly Summary[], maxBin: number): Promise<Summary[]> {
  const header = own.flatMap(({ entries, present }) => [entries.length, present]);
  const flat = new Float64Array([...header, ...own.flatMap(({ entries }) => Array.from(entries))]);
  const hosts = await collective.gather(new Uint8Array(flat.buffer));
  const unpacked = hosts.map((bytes) => {
    const numbers = new Float64Array(new Uint8Array(bytes).buffer);
    let at = 2 * own.length;
    return own.map((_, column): Summary => {
      const length = numbers[2 * column] ?? 0;
      at += length;
      return { entries: numbers.slice(at - length, at), present: numbers[2 * column + 1] ?? 0 };
    });
  });
  return own.map((_, column) =>
    mergeSummaries(
      unpacked.flatMap((host) => host[column] ?? []),
      maxBin + 1,
    ),
  );
}

function cutsOf(summaries: readonly Summary[], { maxBin, categories }: CutOptions, rows: number): Cuts {
  const exact = maxBin === Number.POSITIVE_INFINITY;
  const most = summaries.reduce(
    (sum, { entries }, column) => sum + Math.max(1, entries.length / 3, categories?.[column] ?? 0),
    0,
  );
  const values = new Float32Array(most);
  const points = new Float32Array(exact ? most : 0);
  const starts = new Int32Array(summaries.length + 1);
  const below = new Float32Array(summaries.length);
  const missing = Uint8Array.from(summaries, ({ present }) => (present < rows ? 1 : 0));
  let count = 0;
  let pointCount = 0;
  for (const [column, { entries }] of summaries.entries()) {
    const own = categories?.[column] ?? 0;
    if (own > 0) {
      for (let category = 1; category <= own; category++) values[count++] = category;
      starts[column + 1] = count;
      continue;
    }
    const size = entries.length / 3;
    const value = (index: number): number => entries[index * 3] ?? 0;
    const first = count;
    // Bins of dense rows are bytes, and a missing value needs one of its own.
    const used = Math.min(size, maxBin - (maxBin === mostDenseBins ? (missing[column] ?? 0) : 0));
    for (let index = 1; index < used; index++) {
      const cut = exact ? middle(value(index - 1), value(index)) : value(index);
      if (count === first || cut > (values[count - 1] ?? 0)) values[count++] = cut;
    }
    const last = size === 0 ? 0 : value(size - 1);
    if (exact) for (let index = 0; index < Math.max(1, size); index++) points[pointCount++] = value(index);
    values[count++] = Math.fround(last + Math.fround(Math.abs(last) + Math.fround(1e-5)));
    const least = size === 0 ? 0 : value(0);
    below[column] = least - (Math.abs(least) + 1e-5);
    starts[column + 1] = count;
  }
  return { values: values.slice(0, count), starts, below, missing, points: exact ? points : undefined };
}

/** Of two values the middle, which is never the lower one. */
export function middle(a: number, b: number): number {
  const between = Math.fround((a + b) * 0.5);
  return between > a ? between : b;
}
