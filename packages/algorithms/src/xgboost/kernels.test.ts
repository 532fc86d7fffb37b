/** The kernels of boosting against plain TypeScript, on sizes that are no multiples of four. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { alone } from '../collective/collective.ts';
import { openKernels, rowStride } from '../kernels/kernels.ts';
import type { HeapArray } from '../kernels/shared-heap.ts';
import { Random } from '../random.ts';
import { binMatrix } from './binned-matrix.ts';
import { Evaluation } from './evaluation.ts';
import { toSparse } from './matrix-forms.ts';
import type { DenseMatrix } from './matrix.ts';
import { createMetric } from './metrics/create-metric.ts';
import { findCuts } from './quantile-cuts.ts';
import { RowSteps } from './row-steps.ts';
import { unbounded } from './split-gain.ts';
import { mergeSummaries } from './summary.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());
const random = new Random(9);

function floats(values: readonly number[]): HeapArray<Float32Array> {
  const array = kernels.heap.float32(values.length);
  array.values.set(values);
  return array;
}

function randomRows(rows: number, columns: number, value: () => number): DenseMatrix {
  const stride = rowStride(columns);
  const values = kernels.heap.float32(rows * stride);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) values.values[row * stride + column] = value();
  return { kind: 'dense', rows, columns, stride, values };
}

test('cuts are the sorted values after the first where there are few, and a bin is the number of cuts that are not above', async () => {
  for (const [rows, columns] of [
    [1, 1],
    [37, 3],
    [301, 5],
  ] as const) {
    const matrix = randomRows(rows, columns, () =>
      random.uniform() < 0.2 ? Number.NaN : Math.fround(Math.round(random.normal() * 12) / 12),
    );
    const cuts = await findCuts(kernels, matrix, alone, { maxBin: 256, weights: 0 });
    const binned = binMatrix(kernels, matrix, cuts);
    const bytes = kernels.heap.viewBytes(binned.bins, rows * binned.stride);
    const columnBytes = kernels.heap.viewBytes(binned.columns, rows * columns);
    for (let column = 0; column < columns; column++) {
      const own = Array.from({ length: rows }, (_, row) => matrix.values.values[row * matrix.stride + column] ?? 0);
      const distinct = [...new Set(own.filter((value) => !Number.isNaN(value)).map((value) => value + 0))].toSorted(
        (a, b) => a - b,
      );
      const found = Array.from(cuts.values.subarray(cuts.starts[column], cuts.starts[column + 1]));
      assert.deepEqual(found.slice(0, -1), distinct.slice(1));
      for (const [row, value] of own.entries()) {
        const bin = Number.isNaN(value) ? found.length : found.filter((cut) => cut <= value).length;
        assert.equal(bytes[row * binned.stride + column], bin);
        assert.equal(columnBytes[column * rows + row], bin);
      }
    }
    binned.release();
  }
});

test('cuts of many values hold equal shares of the weight, whether summarised at once or by parts', async () => {
  const rows = 20_011;
  const matrix = randomRows(rows, 1, () => random.normal());
  const weights = floats(Array.from({ length: rows }, () => 1 + random.below(3)));
  const cuts = await findCuts(kernels, matrix, alone, { maxBin: 32, weights: weights.pointer });
  const shares = new Float64Array(cuts.values.length);
  for (let row = 0; row < rows; row++) {
    const value = matrix.values.values[row * matrix.stride] ?? 0;
    const bin = cuts.values.findIndex((cut) => value < cut);
    shares[bin] = (shares[bin] ?? 0) + (weights.values[row] ?? 0);
  }
  const total = weights.values.reduce((sum, weight) => sum + weight, 0);
  for (const share of shares.slice(0, -1)) assert.ok(Math.abs(share / total - 1 / 32) < 0.002, String(share / total));
  const points = Array.from({ length: rows }, (_, row) => matrix.values.values[row * matrix.stride] ?? 0);
  const part = (from: number, to: number) => {
    const sorted = points.slice(from, to).toSorted((a, b) => a - b);
    return { entries: Float64Array.from(sorted.flatMap((value, at) => [value, at, at + 1])), present: sorted.length };
  };
  const merged = mergeSummaries([part(0, 7000), part(7000, rows)], 33);
  const whole = mergeSummaries([part(0, rows)], 33);
  assert.deepEqual(merged.entries, whole.entries);
});

test('histograms and partitions of dense and sparse rows are exact, for any number of ranges', async () => {
  for (const [rows, columns, maxBin] of [
    [53, 1, 256],
    [4999, 7, 256],
    [4999, 18, 16],
  ] as const) {
    const matrix = randomRows(rows, columns, () =>
      random.uniform() < 0.3 ? Number.NaN : Math.round(random.normal() * 9),
    );
    const cuts = await findCuts(kernels, matrix, alone, { maxBin, weights: 0 });
    const gradients = kernels.heap.int32(rows * 2);
    for (let at = 0; at < rows * 2; at++) gradients.values[at] = random.below(2 ** 30) - 2 ** 29;
    for (const formed of [matrix, toSparse(kernels, matrix)]) {
      const binned = binMatrix(kernels, formed, cuts);
      const steps = new RowSteps(kernels, binned);
      const bytes = binned.totalBins * 16;
      const histogram = kernels.heap.allocate(bytes * (steps.ranges + 1));
      const { lo, hi } = steps.restart();
      const feature = columns - 1;
      const best = { gain: 1, feature, bin: 2, missingLeft: true, bits: undefined, g: 0, h: 0 };
      const node = { id: 0, depth: 0, g: 0, h: 0, bounds: unbounded, path: [], lo, hi, histogram, best };
      const [middle] = steps.run(
        [{ node, split: true, side: 'left', histogram }],
        gradients.pointer,
        histogram + bytes,
        bytes,
      );
      const left = { ...node, hi: middle ?? hi };
      const goesLeft = (row: number): boolean => {
        const value = matrix.values.values[row * matrix.stride + feature] ?? 0;
        return Number.isNaN(value) || value < (cuts.values[(cuts.starts[feature] ?? 0) + 2] ?? 0);
      };
      const expectedRows = Array.from({ length: rows }, (_, row) => row).filter(goesLeft);
      assert.deepEqual(
        [...steps.rowsOf(left)].toSorted((a, b) => a - b),
        expectedRows,
      );
      const expected = new Map<string, bigint>();
      for (const row of expectedRows)
        for (let column = 0; column < columns; column++) {
          const value = matrix.values.values[row * matrix.stride + column] ?? 0;
          const own = cuts.values.subarray(cuts.starts[column], cuts.starts[column + 1]);
          if (Number.isNaN(value)) continue;
          const place = `${(binned.offsets.values[column] ?? 0) + own.filter((cut) => cut <= value).length}`;
          expected.set(place, (expected.get(place) ?? 0n) + BigInt(gradients.values[2 * row] ?? 0));
        }
      const sums = new BigInt64Array(kernels.heap.memory.buffer, histogram, binned.totalBins * 2 * (steps.ranges + 1));
      for (const [place, sum] of expected) {
        let found = 0n;
        for (let range = 0; range < steps.ranges; range++)
          found += sums[2 * (Number(place) + range * binned.totalBins)] ?? 0n;
        assert.equal(found, sum);
      }
      steps.release();
      binned.release();
      kernels.heap.free(histogram);
    }
  }
});

test('gradients of logistic and softmax are those of their formulas', () => {
  for (const rows of [1, 6, 103]) {
    const margins = floats(Array.from({ length: rows * 3 }, () => random.normal() * 4));
    const labels = floats(Array.from({ length: rows }, () => random.below(2)));
    const weights = floats(Array.from({ length: rows }, () => random.uniform() + 0.5));
    const out = kernels.heap.float32(rows * 6);
    kernels.pool.parallel('gradients', 'logistic', { items: rows, grain: 64 }, [
      margins.pointer,
      labels.pointer,
      weights.pointer,
      2,
      out.pointer,
    ]);
    for (let row = 0; row < rows; row++) {
      const p = 1 / (1 + Math.exp(-(margins.values[row] ?? 0)));
      const weight = (weights.values[row] ?? 0) * (labels.values[row] === 1 ? 2 : 1);
      assert.ok(Math.abs((out.values[2 * row] ?? 0) - (p - (labels.values[row] ?? 0)) * weight) < 1e-6);
      assert.ok(Math.abs((out.values[2 * row + 1] ?? 0) - p * (1 - p) * weight) < 1e-6);
    }
    kernels.pool.parallel('gradients', 'softmax', { items: rows, grain: 64 }, [
      margins.pointer,
      labels.pointer,
      0,
      3,
      rows,
      out.pointer,
    ]);
    for (let row = 0; row < rows; row++) {
      const own = Array.from(margins.values.subarray(3 * row, 3 * row + 3), Math.exp);
      const sum = own.reduce((a, b) => a + b, 0);
      for (const [group, power] of own.entries()) {
        const at = 2 * (group * rows + row);
        const p = power / sum;
        assert.ok(Math.abs((out.values[at] ?? 0) - (p - (labels.values[row] === group ? 1 : 0))) < 1e-6);
        assert.ok(Math.abs((out.values[at + 1] ?? 0) - 2 * p * (1 - p)) < 1e-6);
      }
    }
  }
});

test('answers and sums of losses are those of their formulas, and the same for any number of threads', async () => {
  const single = openKernels({ threads: 1 });
  for (const [rows, groups] of [
    [1, 1],
    [7, 3],
    [50_003, 5],
  ] as const) {
    const margins = Array.from({ length: rows * groups }, () => random.normal() * 4);
    const labels = Array.from({ length: rows }, () => random.below(Math.max(2, groups)));
    const weights = Array.from({ length: rows }, () => random.uniform() + 0.5);
    const measured = [kernels, single].map((own) => {
      const array = (values: readonly number[]): HeapArray<Float32Array> => {
        const copy = own.heap.float32(values.length);
        copy.values.set(values);
        return copy;
      };
      const matrix = { kind: 'dense', rows, columns: 0, stride: 0, values: array([]) } as const;
      const data = { matrix, labels: array(labels), weights: array(weights), groupStarts: undefined };
      const moved = array(margins);
      const names = groups === 1 ? ['logloss', 'error', 'rmse', 'mae', 'mse'] : ['mlogloss', 'merror'];
      const metrics = names.flatMap((name) => createMetric(name, groups) ?? []);
      const objective = { name: groups === 1 ? 'binary:logistic' : 'multi:softmax', groups } as const;
      return new Evaluation({ kernels: own, objective, data, margins: moved }).measure(metrics, alone);
    });
    const [shared = [], unshared = []] = await Promise.all(measured);
    assert.deepEqual(shared, unshared);
    const total = weights.reduce((sum, weight) => sum + Math.fround(weight), 0);
    const mean = (loss: (own: number[], label: number) => number): number =>
      labels.reduce((sum, label, row) => {
        const own = margins.slice(row * groups, (row + 1) * groups).map((margin) => Math.exp(Math.fround(margin)));
        const all = groups === 1 ? 1 + (own[0] ?? 0) : own.reduce((a, b) => a + b, 0);
        return (
          sum +
          loss(
            own.map((power) => power / all),
            label,
          ) *
            Math.fround(weights[row] ?? 0)
        );
      }, 0) / total;
    const expected =
      groups === 1
        ? [
            mean(([p = 0], label) => -Math.log(label === 1 ? p : 1 - p)),
            mean(([p = 0], label) => ((p > 0.5 ? 1 : 0) === label ? 0 : 1)),
            Math.sqrt(mean(([p = 0], label) => (p - label) ** 2)),
            mean(([p = 0], label) => Math.abs(p - label)),
            mean(([p = 0], label) => (p - label) ** 2),
          ]
        : [
            mean((own, label) => -Math.log(own[label] ?? 0)),
            mean((own, label) => (own.indexOf(Math.max(...own)) === label ? 0 : 1)),
          ];
    for (const [at, value] of expected.entries())
      assert.ok(
        Math.abs((shared[at] ?? Number.NaN) - value) < 1e-5,
        `${rows} rows, metric ${at}: ${shared[at]}, expected ${value}`,
      );
  }
  await single.close();
});
