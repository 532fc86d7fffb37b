/** Lloyd's algorithm over rows in memory. */
import type { Kernels } from '../kernels/kernels.ts';
import { BoundedAssignment } from './bounded-assignment.ts';
import type { Centers, WeightedRows } from './centers.ts';

export interface LloydOptions {
  readonly maxIterations: number;
  /** Ends when the loss falls by less than this part of itself; 0 goes on until nothing changes. */
  readonly tolerance: number;
  readonly stopping?: AbortSignal;
}

export interface LloydResult {
  /** Weighted sum of squared distances to the final centers. */
  readonly loss: number;
  readonly iterations: number;
}

/** So many rows are worth the bounds that spare most of the comparisons. */
const manyRows = 10_000;

/** Improves `centers` in place. A center that loses all its rows moves to the row that is farthest from its own. */
export function lloyd(kernels: Kernels, rows: WeightedRows, centers: Centers, options: LloydOptions): LloydResult {
  const steps = lloydSteps(kernels, rows, centers, options);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** {@link lloyd}, pausing before each iteration, so that the caller may look at what else there is to do. Run it to its end. */
export function lloydSteps(
  kernels: Kernels,
  rows: WeightedRows,
  centers: Centers,
  options: LloydOptions,
): Generator<void, LloydResult, void> {
  centers.pack();
  return rows.weights === 0 && rows.rows >= manyRows
    ? lloydWithBounds(kernels, rows, centers, options)
    : plainLloyd(kernels, rows, centers, options);
}

function* plainLloyd(
  kernels: Kernels,
  rows: WeightedRows,
  centers: Centers,
  options: LloydOptions,
): Generator<void, LloydResult, void> {
  const labels = kernels.heap.int32(rows.rows);
  let loss = centers.assign(rows, labels.pointer, true);
  let iterations = 0;
  while (iterations < options.maxIterations) {
    yield;
    if (options.stopping?.aborted === true) break;
    iterations++;
    refillEmpty(kernels, rows, centers, labels.values);
    centers.moveToMeans();
    const next = centers.assign(rows, labels.pointer, true);
    const gain = loss - next;
    loss = next;
    if (gain <= options.tolerance * next) break;
  }
  kernels.heap.free(labels.pointer);
  return { loss, iterations };
}

function* lloydWithBounds(
  kernels: Kernels,
  rows: WeightedRows,
  centers: Centers,
  options: LloydOptions,
): Generator<void, LloydResult, void> {
  const assignment = new BoundedAssignment(kernels, rows, centers);
  assignment.update();
  let loss = options.tolerance > 0 ? assignment.loss() : Number.POSITIVE_INFINITY;
  let iterations = 0;
  while (iterations < options.maxIterations) {
    yield;
    if (options.stopping?.aborted === true) break;
    iterations++;
    assignment.forget(refillEmpty(kernels, rows, centers, assignment.labels.values));
    centers.moveToMeans();
    if (assignment.update() === 0) break;
    if (options.tolerance === 0) continue;
    const next = assignment.loss();
    const gain = loss - next;
    loss = next;
    if (gain <= options.tolerance * next) break;
  }
  const result = { loss: assignment.loss(), iterations };
  assignment.release();
  return result;
}

/** Takes the farthest rows out of their centers' sums and gives each to an empty center; returns those rows. */
function refillEmpty(kernels: Kernels, rows: WeightedRows, centers: Centers, labels: Int32Array): number[] {
  const totals = centers.totals.values;
  const empty = Array.from(totals.keys()).filter((center) => totals[center] === 0);
  if (empty.length === 0) return [];
  const { stride } = centers;
  const values = kernels.heap.viewFloat32(rows.values, rows.rows * stride);
  const weights = rows.weights === 0 ? undefined : kernels.heap.viewFloat32(rows.weights, rows.rows);
  const farthest = farthestRows(values, weights, centers, labels, empty.length);
  const given: number[] = [];
  for (const [index, center] of empty.entries()) {
    const row = farthest[index];
    if (row === undefined) break;
    const from = labels[row] ?? 0;
    const weight = weights?.[row] ?? 1;
    if ((totals[from] ?? 0) <= weight) continue;
    for (let i = 0; i < stride; i++) {
      const part = weight * (values[row * stride + i] ?? 0);
      centers.sums.values[from * stride + i] = (centers.sums.values[from * stride + i] ?? 0) - part;
      centers.sums.values[center * stride + i] = part;
    }
    totals[from] = (totals[from] ?? 0) - weight;
    totals[center] = weight;
    labels[row] = center;
    given.push(row);
  }
  return given;
}

/** The rows farthest from their centers, by weight; only such as are not on their center. */
export function farthestRows(
  values: Float32Array,
  weights: Float32Array | undefined,
  centers: Centers,
  labels: Int32Array,
  count: number,
): number[] {
  const { stride } = centers;
  const distances = new Float64Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const center = (labels[row] ?? 0) * stride;
    let sum = 0;
    for (let i = 0; i < stride; i++)
      sum += ((values[row * stride + i] ?? 0) - (centers.values.values[center + i] ?? 0)) ** 2;
    distances[row] = sum * (weights?.[row] ?? 1);
  }
  return Array.from(distances.keys())
    .filter((row) => (distances[row] ?? 0) > 0)
    .toSorted((a, b) => (distances[b] ?? 0) - (distances[a] ?? 0) || a - b)
    .slice(0, count);
}
