/**
 * A filter that spares exact search most of its work and none of its answers. Rows are turned so that their first columns hold most of their
 * variance; these columns and the length of the rest bound the distance from below (Cauchy-Schwarz), and only panels with a row whose bound is
 * near enough are compared in full. On data without directions of more variance it would spare nothing, and is left out.
 */
import type { Kernels } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { Random } from '../random.ts';
import type { Panels } from './panels.ts';

export interface Filter {
  /** Columns of the turned space that are looked at first; the filter's rows have one number more. */
  readonly components: number;
  /** `components` orthonormal rows. */
  readonly basis: HeapArray<Float32Array>;
  /** Pointer to the filter's panels, beside those of the rows. */
  readonly panels: number;
  /** What rounding may take from a bound, as a part of the squared lengths. */
  readonly slack: number;
}

/** Below these the search is quick as it is. */
const fewestRows = 8192;
const fewestColumns = 16;
/** Rows that the directions are learnt from, and compared to choose how many. */
const sampleRows = 512;
const probeQueries = 24;
const mostComponents = 63;
const rounds = 2;
/** A full comparison of one query and one panel, in units of the filter's work for one column: it has no other query to share what it reads with. */
const refineCost = 2;
/** The filter must spare at least this part of the work. */
const leastGain = 0.25;

/** `undefined` where it would not pay. The choice depends on the rows alone. */
export function openFilter(kernels: Kernels, panels: Panels): Filter | undefined {
  const { columns, rows } = panels;
  if (rows < fewestRows || columns < fewestColumns) return undefined;
  const sample = sampleOf(panels);
  const directions = leadingDirections(sample, columns, Math.min(mostComponents, Math.floor(columns / 2)));
  const components = chooseComponents(sample, directions, panels);
  if (components === undefined) return undefined;
  const { heap, pool } = kernels;
  const basis = heap.float32(components * columns);
  basis.values.set(directions.subarray(0, components * columns));
  const count = panels.norms.values.length / 8;
  const slack = 4e-6 + 2e-7 * columns;
  const pointer = heap.allocate(count * (components + 1) * 32);
  const args = [panels.values.pointer, columns, basis.pointer, components, slack, pointer];
  pool.parallel('knn', 'fill_filter', { items: count, grain: Math.max(256, Math.ceil(count / 8192)) }, args);
  return { components, basis, panels: pointer, slack };
}

/** Bytes of kernel memory that a filter takes at most. */
export function filterBytes(rows: number, columns: number): number {
  return rows * (Math.min(mostComponents, Math.floor(columns / 2)) + 1) * 4;
}

/** Rows spread over all, as the panels have them. */
function sampleOf({ rows, columns, values, ids }: Panels): Float64Array {
  const count = Math.min(sampleRows, rows);
  const places = ids.values.length;
  const sample = new Float64Array(count * columns);
  for (let i = 0; i < count; i++) {
    // Places without a row hold zeros: few of them do no harm.
    const place = Math.floor((i * places) / count);
    const start = Math.floor(place / 8) * 8 * columns + (place % 8);
    for (let j = 0; j < columns; j++) sample[i * columns + j] = values.values[start + j * 8] ?? 0;
  }
  return sample;
}

/** Orthogonal iteration: rows of unit length in the directions of most variance, about in their order. Any orthonormal rows give true bounds. */
function leadingDirections(sample: Float64Array, columns: number, count: number): Float64Array {
  const random = new Random(1, 31);
  let directions = Float64Array.from({ length: count * columns }, () => random.normal());
  const rows = sample.length / columns;
  const products = new Float64Array(count);
  for (let round = 0; round < rounds; round++) {
    orthonormalise(directions, columns);
    const next = new Float64Array(count * columns);
    for (let row = 0; row < rows; row++) {
      const x = sample.subarray(row * columns, (row + 1) * columns);
      for (let j = 0; j < count; j++) products[j] = dot(directions, j * columns, x, 0, columns);
      for (let j = 0; j < count; j++) {
        const product = products[j] ?? 0;
        for (let i = 0; i < columns; i++) next[j * columns + i] = (next[j * columns + i] ?? 0) + product * (x[i] ?? 0);
      }
    }
    directions = next;
  }
  orthonormalise(directions, columns);
  return directions;
}

/** Gram and Schmidt, twice over, so that little is left of earlier rows. A row that is nothing but earlier ones becomes zero. */
function orthonormalise(rows: Float64Array, columns: number): void {
  for (let start = 0; start < rows.length; start += columns) {
    for (let pass = 0; pass < 2; pass++) {
      const before = Math.sqrt(dot(rows, start, rows, start, columns));
      for (let other = 0; other < start; other += columns) {
        const product = dot(rows, start, rows, other, columns);
        for (let i = 0; i < columns; i++) rows[start + i] = (rows[start + i] ?? 0) - product * (rows[other + i] ?? 0);
      }
      const length = Math.sqrt(dot(rows, start, rows, start, columns));
      const factor = length > 1e-9 * before ? 1 / length : 0;
      for (let i = 0; i < columns; i++) rows[start + i] = (rows[start + i] ?? 0) * factor;
    }
  }
}

function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[aStart + i] ?? 0) * (b[bStart + i] ?? 0);
  return sum;
}

/** How many components cost least, by what they let through of a sample; `undefined` when none spares enough. */
function chooseComponents(
  sample: Float64Array,
  directions: Float64Array,
  { columns, metric }: Panels,
): number | undefined {
  const most = directions.length / columns;
  const rows = sample.length / columns;
  const turned = new Float64Array(rows * most);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < most; j++)
      turned[row * most + j] = dot(sample, row * columns, directions, j * columns, columns);
  const lengths = Float64Array.from({ length: rows }, (_, row) =>
    dot(sample, row * columns, sample, row * columns, columns),
  );
  // A row's key: its squared length less twice the product for distances, the product with its sign turned else.
  const [own, factor] = metric === 'l2' ? [1, 2] : [0, 1];
  const passed = new Float64Array(most + 1);
  for (let probe = 0; probe < probeQueries; probe++) {
    const query = Math.floor((probe * rows) / probeQueries);
    let threshold = Number.POSITIVE_INFINITY;
    for (let row = 0; row < rows; row++) {
      if (row === query) continue;
      const product = dot(sample, row * columns, sample, query * columns, columns);
      threshold = Math.min(threshold, own * (lengths[row] ?? 0) - factor * product);
    }
    for (let row = 0; row < rows; row++) {
      if (row === query) continue;
      let bound = own * (lengths[row] ?? 0);
      let left = lengths[row] ?? 0;
      let queryLeft = lengths[query] ?? 0;
      for (let j = 0; j < most; j++) {
        const a = turned[row * most + j] ?? 0;
        const b = turned[query * most + j] ?? 0;
        bound -= factor * a * b;
        left -= a * a;
        queryLeft -= b * b;
        const rest = factor * Math.sqrt(Math.max(0, left) * Math.max(0, queryLeft));
        if (bound - rest <= threshold) passed[j + 1] = (passed[j + 1] ?? 0) + 1;
      }
    }
  }
  const pairs = probeQueries * (rows - 1);
  let best: number | undefined;
  let least = (1 - leastGain) * columns;
  for (let components = 7; components <= most; components += 8) {
    const share = 1 - (1 - (passed[components] ?? 0) / pairs) ** 8;
    const cost = components + 1 + share * refineCost * columns;
    if (cost >= least) continue;
    least = cost;
    best = components;
  }
  return best;
}
