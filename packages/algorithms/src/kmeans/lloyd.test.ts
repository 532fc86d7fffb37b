import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { Centers } from './centers.ts';
import { chooseCenters } from './choose-centers.ts';
import { lloyd } from './lloyd.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const rowCount = 12_000;

/** Blobs around random places, `offset` away from zero. */
function blobs(columns: number, offset: number, random: Random): number {
  const places = Array.from({ length: 9 }, () => Array.from({ length: columns }, () => offset + 3 * random.normal()));
  const stride = Math.ceil(columns / 4) * 4;
  const rows = kernels.heap.float32(rowCount * stride);
  for (let row = 0; row < rowCount; row++) {
    const place = places[random.below(places.length)] ?? [];
    for (let column = 0; column < columns; column++)
      rows.values[row * stride + column] = (place[column] ?? 0) + random.normal();
  }
  return rows.pointer;
}

test('bounds spare work and change nothing: same iterations, same centers, same loss', () => {
  const shape = fc.record({
    columns: fc.integer({ min: 1, max: 13 }),
    k: fc.integer({ min: 1, max: 19 }),
    seed: fc.integer({ min: 0, max: 1000 }),
    offset: fc.constantFrom(0, 10),
    tolerance: fc.constantFrom(0, 1e-3),
    doubled: fc.boolean(),
  });
  fc.assert(
    fc.property(shape, ({ columns, k, seed, offset, tolerance, doubled }) => {
      const random = new Random(seed);
      const values = blobs(columns, offset, random);
      const weights = kernels.heap.float32(rowCount);
      weights.values.fill(1);
      const centers = new Centers(kernels, k, columns);
      chooseCenters('random', kernels, { rows: rowCount, values, weights: 0 }, centers, random);
      // Two centers in one place: one of them stays without rows and must be moved.
      if (doubled && k > 1) centers.row(1).set(centers.row(0));
      const first = centers.values.values.slice();
      const options = { maxIterations: 12, tolerance };

      const bounded = lloyd(kernels, { rows: rowCount, values, weights: 0 }, centers, options);
      const found = centers.values.values.slice();
      centers.values.values.set(first);
      // Weights of 1 say the same and take the plain way.
      const plain = lloyd(kernels, { rows: rowCount, values, weights: weights.pointer }, centers, options);

      assert.ok(Math.abs(bounded.loss / plain.loss - 1) < 1e-4, `${bounded.loss} and ${plain.loss}`);
      if (tolerance === 0) {
        const greatest = found.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (centers.values.values[at] ?? 0))),
          0,
        );
        assert.ok(greatest < 0.05, `centers differ by ${greatest}`);
      }
      centers.release();
      kernels.heap.free(values);
      kernels.heap.free(weights.pointer);
    }),
    { numRuns: 40 },
  );
  assert.equal(kernels.heap.bytesInUse, 0);
});

test('an empty cluster takes the farthest row, so that both clusters are found', () => {
  const rows = kernels.heap.float32(4 * 40);
  for (let row = 0; row < 40; row++) rows.values[row * 4] = (row % 2) * 100 + row / 100;
  const centers = new Centers(kernels, 2, 1);
  centers.values.values.fill(0);
  const data = { rows: 40, values: rows.pointer, weights: 0 };
  const { loss } = lloyd(kernels, data, centers, { maxIterations: 50, tolerance: 0 });
  assert.ok(loss < 1, String(loss));
  centers.release();
  kernels.heap.free(rows.pointer);
});
