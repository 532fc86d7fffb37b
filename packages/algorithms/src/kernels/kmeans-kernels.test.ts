import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { Centers } from '../kmeans/centers.ts';
import { openKernels, rowStride } from './kernels.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 200 }),
  columns: fc.integer({ min: 1, max: 19 }),
  count: fc.integer({ min: 1, max: 21 }),
  weighted: fc.boolean(),
  seed: fc.integer(),
});

/** Whole numbers of few digits: every sum is exact, so the reference must agree to the last bit, whatever the order of additions. */
function numbers(seed: number, length: number): number[] {
  let state = seed >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 24) - 128;
  });
}

function padded(values: readonly number[], columns: number): number {
  const stride = rowStride(columns);
  const rows = values.length / columns;
  const array = kernels.heap.float32(rows * stride);
  values.forEach((value, at) => (array.values[Math.floor(at / columns) * stride + (at % columns)] = value));
  return array.pointer;
}

test('assign finds the nearest center, and collects sums, weights and loss', () => {
  fc.assert(
    fc.property(sizes, ({ rows, columns, count, weighted, seed }) => {
      const values = numbers(seed, rows * columns);
      const centerValues = numbers(seed ^ 0x5555, count * columns);
      const weights = weighted ? numbers(seed ^ 0x3333, rows).map((weight) => (weight & 7) + 1) : undefined;
      const pointer = padded(values, columns);
      const weightPointer = weights === undefined ? 0 : padded(weights, rows);
      const centers = new Centers(kernels, count, columns);
      for (let center = 0; center < count; center++)
        centers.row(center).set(centerValues.slice(center * columns, (center + 1) * columns));
      centers.pack();
      const labels = kernels.heap.int32(rows);

      const loss = centers.assign({ rows, values: pointer, weights: weightPointer }, labels.pointer, true);

      const expected = reference(values, centerValues, columns, weights);
      assert.deepEqual(Array.from(labels.values), expected.labels);
      assert.equal(loss, expected.loss);
      assert.deepEqual(Array.from(centers.totals.values), expected.totals);
      for (let i = 0; i < count * columns; i++) {
        assert.equal(centers.sums.values[Math.floor(i / columns) * centers.stride + (i % columns)], expected.sums[i]);
      }
      centers.release();
      for (const used of [pointer, weightPointer, labels.pointer]) if (used !== 0) kernels.heap.free(used);
    }),
    { numRuns: 300 },
  );
});

test('lower_distances and potential keep the least squared distance', () => {
  fc.assert(
    fc.property(sizes, ({ rows, columns, weighted, seed }) => {
      const values = numbers(seed, rows * columns);
      const center = numbers(seed + 1, columns);
      const before = numbers(seed + 2, rows).map((value) => (value + 128) * columns * 40);
      const weights = weighted ? numbers(seed + 3, rows).map((weight) => weight & 7) : undefined;
      const pointers = [
        padded(values, columns),
        padded(center, columns),
        weights === undefined ? 0 : padded(weights, rows),
      ];
      const distances = kernels.heap.float32(rows);
      distances.values.set(before);
      const [valuePointer = 0, centerPointer = 0, weightPointer = 0] = pointers;
      const args = [valuePointer, rowStride(columns), centerPointer, weightPointer, distances.pointer];
      const run = (kernel: string): number =>
        kernels.pool.parallel('kmeans', kernel, { items: rows, grain: 7 }, args).reduce((sum, part) => sum + part, 0);

      const potential = run('potential');
      assert.deepEqual(Array.from(distances.values), before);
      const sum = run('lower_distances');

      const expected = before.map((distance, row) =>
        Math.min(distance, squared(values.slice(row * columns, (row + 1) * columns), center)),
      );
      assert.deepEqual(Array.from(distances.values), expected);
      const total = expected.reduce((whole, distance, row) => whole + distance * (weights?.[row] ?? 1), 0);
      assert.equal(sum, total);
      assert.equal(potential, total);
      for (const used of [...pointers, distances.pointer]) if (used !== 0) kernels.heap.free(used);
    }),
  );
});

function reference(
  values: readonly number[],
  centers: readonly number[],
  columns: number,
  weights: readonly number[] | undefined,
) {
  const count = centers.length / columns;
  const labels: number[] = [];
  const sums = Array.from({ length: centers.length }, () => 0);
  const totals = Array.from({ length: count }, () => 0);
  let loss = 0;
  for (let row = 0; row < values.length / columns; row++) {
    const x = values.slice(row * columns, (row + 1) * columns);
    const distances = Array.from({ length: count }, (_, center) =>
      squared(x, centers.slice(center * columns, (center + 1) * columns)),
    );
    const label = distances.indexOf(Math.min(...distances));
    const weight = weights?.[row] ?? 1;
    labels.push(label);
    loss += (distances[label] ?? 0) * weight;
    totals[label] = (totals[label] ?? 0) + weight;
    x.forEach(
      (value, column) => (sums[label * columns + column] = (sums[label * columns + column] ?? 0) + weight * value),
    );
  }
  return { labels, sums, totals, loss };
}

function squared(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + (value - (b[at] ?? 0)) ** 2, 0);
}
