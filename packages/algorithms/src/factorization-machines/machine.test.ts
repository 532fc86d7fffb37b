/** The kernels against the same method in plain TypeScript. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import type { SparseBatch } from '../data/sparse-batch.ts';
import { parseHyperparameters } from '../hyperparameters/parse.ts';
import { openKernels, type Kernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { hyperparameters as table } from './hyperparameters.ts';
import { Machine } from './machine.ts';
import type { FactorizationHyperparameters } from './settings.ts';
import { Statistics } from './statistics.ts';
import { ReferenceMachine, type SparseRow } from './testing/reference-machine.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const shapes = fc.record({
  predictor: fc.constantFrom('binary_classifier', 'regressor'),
  rows: fc.integer({ min: 1, max: 60 }),
  columns: fc.integer({ min: 1, max: 40 }),
  factors: fc.integer({ min: 1, max: 37 }),
  density: fc.double({ min: 0, max: 1, noNaN: true }),
  clip: fc.boolean(),
  rescale: fc.boolean(),
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
});

test('updates, losses and metrics are those of the plain method, for any size', () => {
  fc.assert(
    fc.property(shapes, ({ predictor, rows, columns, factors, density, clip, rescale, seed }) => {
      const given = settings(predictor, columns, factors, {
        ...(clip ? { clip_gradient: '0.3' } : {}),
        ...(rescale ? { rescale_grad: '0.5' } : {}),
      });
      const random = new Random(seed);
      const machine = new Machine(kernels, given, seed);
      const reference = new ReferenceMachine(given, machine.artifact());
      for (let update = 0; update < 3; update++) {
        const data = sampleRows(random, rows, columns, density);
        const labels = data.map(() => (predictor === 'regressor' ? random.normal() : random.below(2)));
        const batch = inKernels(kernels, data, labels);
        const found = new Statistics();
        found.add(rows, machine.measure(batch));
        assertClose(found.loss * rows, lossOf(reference, data, labels, given), 'loss');
        machine.learn(batch);
        reference.learn(data, labels);
        kernels.heap.free(batch.piece);
      }
      const { factorValues, linear, bias } = machine.artifact();
      assertClose(bias, reference.bias, 'bias');
      for (let id = 0; id < columns; id++) {
        const weights = [...factorValues.subarray(id * factors, (id + 1) * factors), linear[id] ?? 0];
        for (const [at, weight] of reference.weights(id).entries())
          assertClose(weights[at] ?? 0, weight, `weight ${at} of feature ${id}`);
      }
      machine.release();
      assert.equal(kernels.heap.bytesInUse, 0);
    }),
    // A fixed seed: where a gradient is all but 0, Adam's first step depends on its sign, and 32 and 64 bits may differ in that.
    { numRuns: 150, seed: 20_240_615 },
  );
});

test('gradients that are handed out and applied are the update that a machine makes by itself', () => {
  const given = settings('binary_classifier', 30, 9, {});
  const [alone, parted] = [new Machine(kernels, given, 3), new Machine(kernels, given, 3)];
  const random = new Random(3);
  for (let update = 0; update < 4; update++) {
    const data = sampleRows(random, 25, 30, 0.2);
    const batch = inKernels(
      kernels,
      data,
      data.map(() => random.below(2)),
    );
    const left = alone.learn(batch).slice();
    const handed = parted.gradients(batch);
    assert.deepEqual(handed.left, left);
    parted.apply(handed.gradients);
    kernels.heap.free(batch.piece);
  }
  assert.deepEqual(parted.artifact(), alone.artifact());
  alone.release();
  parted.release();
});

test('first values have the distribution that was asked for, and depend on nothing but seed and feature', () => {
  const first = (more: Record<string, string>, columns = 3000, seed = 1) => {
    const machine = new Machine(kernels, settings('regressor', columns, 5, more), seed);
    const { factorValues, linear } = machine.artifact();
    machine.release();
    return { factors: Array.from(factorValues), linear: Array.from(linear) };
  };
  const normal = first({ factors_init_sigma: '2', linear_init_sigma: '0.5' });
  assert.ok(Math.abs(deviation(normal.factors) - 2) < 0.05 && Math.abs(mean(normal.factors)) < 0.05);
  assert.ok(Math.abs(deviation(normal.linear) - 0.5) < 0.03);
  const within = normal.factors.filter((value) => Math.abs(value) < 2).length / normal.factors.length;
  assert.ok(Math.abs(within - 0.6827) < 0.015, `${within} lie within one deviation`);
  const uniform = first({ factors_init_method: 'uniform', factors_init_scale: '3' }).factors;
  assert.ok(Math.max(...uniform) < 3 && Math.max(...uniform) > 2.99 && Math.min(...uniform) < -2.99);
  assert.ok(Math.abs(deviation(uniform) - Math.sqrt(3)) < 0.05);
  const constant = first({ linear_init_method: 'constant', linear_init_value: '-0.25' }).linear;
  assert.ok(constant.every((value) => value === -0.25));
  assert.deepEqual(first({}, 100).factors, first({}).factors.slice(0, 500));
  assert.notDeepEqual(first({}, 100, 2).factors, first({}, 100).factors);
});

test('work that is shared between threads gives the same weights to the last bit for 1, 2 and 3 of them', async () => {
  const results = await Promise.all(
    [1, 2, 3].map(async (threads) => {
      const own = openKernels({ threads });
      const random = new Random(5);
      const machine = new Machine(own, settings('binary_classifier', 900, 33, {}), 5);
      const left: number[][] = [];
      for (let update = 0; update < 4; update++) {
        const data = sampleRows(random, 700, 900, 0.02);
        const batch = inKernels(
          own,
          data,
          data.map(() => random.below(2)),
        );
        left.push([...machine.learn(batch)]);
      }
      const result = { left, artifact: machine.artifact() };
      await own.close();
      return result;
    }),
  );
  assert.ok((results[0]?.left[0]?.length ?? 0) > 8, 'there is more than one block');
  for (const result of results) assert.deepEqual(result, results[0]);
});

function settings(
  predictor: string,
  columns: number,
  factors: number,
  more: Record<string, string>,
): FactorizationHyperparameters {
  return parseHyperparameters(table, {
    predictor_type: predictor,
    feature_dim: String(columns),
    num_factors: String(factors),
    factors_init_sigma: '0.3',
    factors_lr: '0.02',
    linear_lr: '0.03',
    factors_wd: '0.01',
    ...more,
  });
}

function sampleRows(random: Random, rows: number, columns: number, density: number): SparseRow[] {
  const row = (): SparseRow => {
    const ids = Array.from({ length: columns }, (_, id) => id).filter(() => random.uniform() < density);
    return new Map(ids.map((id) => [id, Math.fround(random.normal())]));
  };
  return Array.from({ length: rows }, row);
}

function inKernels(
  { heap, pool }: Kernels,
  data: readonly SparseRow[],
  labels: readonly number[],
): SparseBatch & { piece: number } {
  const entries = data.flatMap((row) => [...row]);
  const rows = data.length;
  const starts = data.reduce<number[]>((all, row) => [...all, (all.at(-1) ?? 0) + row.size], [0]);
  const columns = Math.max(0, ...entries.map(([id]) => id)) + 1;
  const lengths = [
    rows + 1,
    entries.length,
    entries.length,
    rows,
    columns,
    entries.length,
    entries.length + 1,
    entries.length,
    entries.length,
  ];
  const piece = heap.int32(lengths.reduce((sum, length) => sum + length)).pointer;
  const at = lengths.map((_, index) => piece + 4 * lengths.slice(0, index).reduce((sum, length) => sum + length, 0));
  const [
    first = 0,
    keys = 0,
    values = 0,
    targets = 0,
    places = 0,
    ids = 0,
    columnStarts = 0,
    columnRows = 0,
    columnValues = 0,
  ] = at;
  heap.viewInt32(first, rows + 1).set(starts);
  heap.viewInt32(keys, entries.length).set(entries.map(([id]) => id));
  heap.viewFloat32(values, entries.length).set(entries.map(([, value]) => value));
  heap.viewFloat32(targets, rows).set(labels);
  const count = pool.call('sparse', 'columns_of', [
    rows,
    first,
    keys,
    values,
    places,
    ids,
    columnStarts,
    columnRows,
    columnValues,
  ]);
  const byFeature = { count, ids, starts: columnStarts, rows: columnRows, values: columnValues };
  return { piece, rows, entries: entries.length, starts: first, keys, values, labels: targets, byFeature };
}

function lossOf(
  reference: ReferenceMachine,
  rows: readonly SparseRow[],
  labels: readonly number[],
  given: FactorizationHyperparameters,
): number {
  const losses = rows.map((row, index) => {
    const [score, label] = [reference.score(row), labels[index] ?? 0];
    return given.predictor_type === 'regressor'
      ? (score - Math.fround(label)) ** 2 / 2
      : Math.log1p(Math.exp(label === 1 ? -score : score));
  });
  return losses.reduce((sum, loss) => sum + loss, 0);
}

/** 32 bits against 64, after sums over up to 60 rows. */
function assertClose(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 2e-3 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
}
