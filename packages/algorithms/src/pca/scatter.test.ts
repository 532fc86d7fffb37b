/** The packed products against plain sums, on odd sizes. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { alone } from '../collective/collective.ts';
import type { Batch } from '../data/batched-data.ts';
import { openKernels, rowStride } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { Scatter } from './scatter.ts';
import { SketchPass } from './sketch-pass.ts';
import { unitsOf } from './units.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 700 }),
  columns: fc.integer({ min: 1, max: 21 }),
  centered: fc.boolean(),
  seed: fc.integer(),
});

/** Columns of very different size and place, which also drift. */
function sample(rows: number, columns: number, seed: number): Batch {
  const random = new Random(seed);
  const stride = rowStride(columns);
  const { values, pointer } = kernels.heap.float32(rows * stride);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < columns; i++)
      values[row * stride + i] = 10 ** ((i % 7) - 3) * (random.normal() + (i % 3) * 100 + row / 100);
  return { rows, columns, stride, labelSize: 0, values: pointer, labels: 0 };
}

function reference(batch: Batch, centered: boolean): Float64Array[] {
  const { rows, columns, stride } = batch;
  const values = kernels.heap.viewFloat32(batch.values, rows * stride);
  const column = (i: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) => values[row * stride + i] ?? 0);
  const all = Array.from({ length: columns }, (_, i) => {
    const own = column(i);
    const mean = centered ? own.reduce((sum, value) => sum + value, 0) / rows : 0;
    return own.map((value) => value - mean);
  });
  return all.map((a) => Float64Array.from(all, (b) => a.reduce((sum, value, row) => sum + value * (b[row] ?? 0), 0)));
}

test('sums of products of columns, exact and sketched, about the mean and about zero', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ rows, columns, centered, seed }) => {
      const batch = sample(rows, columns, seed);
      const units = await unitsOf(kernels, batch, alone);
      const expected = reference(batch, centered);
      const size = (i: number): number =>
        Math.sqrt(Math.max(expected[i]?.[i] ?? 0, 1e-8 * (units.origin[i] ?? 0) ** 2));

      const scatter = new Scatter(kernels, units);
      scatter.add(batch);
      const { matrix, order } = scatter.matrix(centered);
      for (let a = 0; a < columns; a++)
        for (let b = a; b < columns; b++) {
          const [i, j] = [order[a] ?? 0, order[b] ?? 0];
          const difference = Math.abs((matrix.values[a * columns + b] ?? 0) - (expected[i]?.[j] ?? 0));
          assert.ok(difference <= 1e-5 * size(i) * size(j), `${i}, ${j}: off by ${difference}`);
        }
      scatter.release();

      // The direction of one column at a time picks columns of the matrix.
      const directions = Array.from({ length: columns }, (_, j) =>
        Float64Array.from({ length: columns }, (_value, i) => (i === j ? 1 : 0)),
      );
      const pass = new SketchPass(kernels, units, directions, true);
      pass.add(batch);
      const { images, total } = pass.result(centered);
      for (const [j, image] of images.entries())
        for (const [i, value] of image.entries()) {
          const difference = Math.abs(value - (expected[i]?.[j] ?? 0));
          assert.ok(difference <= 1e-5 * size(i) * size(j), `sketch ${i}, ${j}: off by ${difference}`);
        }
      const trace = expected.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
      assert.ok(Math.abs(total - trace) <= 1e-5 * trace + 1e-8 * Math.max(...units.origin.map(Math.abs)) ** 2 * rows);
      pass.release();
      kernels.heap.free(matrix.pointer);
      kernels.heap.free(batch.values);
    }),
    { numRuns: 25 },
  );
});
