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

test('bounds spare work and change nothing: the same step, the same loss at the end', () => {
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
      const run = (from: Float32Array, maxIterations: number, plain = false): { end: Float32Array; loss: number } => {
        centers.values.values.set(from);
        // Weights of 1 say the same as none, and take the plain way.
        const data = { rows: rowCount, values, weights: plain ? weights.pointer : 0 };
        const { loss } = lloyd(kernels, data, centers, { maxIterations, tolerance });
        return { end: centers.values.values.slice(), loss };
      };
      const bounded = run(first, 12);
      if (tolerance === 0) {
        // The last step, with bounds that are eleven steps old, beside a plain one from the same place. From the start the two part: a row in the
        // middle between two centers may go either way, and what follows from it grows.
        const step = run(run(first, 11).end, 1, true);
        const greatest = step.end.reduce(
          (most, value, at) => Math.max(most, Math.abs(value - (bounded.end[at] ?? 0))),
          0,
        );
        assert.ok(greatest < 0.05, `centers differ by ${greatest}`);
        assert.ok(Math.abs(bounded.loss / step.loss - 1) < 1e-5, `${bounded.loss} and ${step.loss}`);
      } else {
        // Both stop when a step gains less than the tolerance.
        const plain = run(first, 12, true);
        assert.ok(Math.abs(bounded.loss / plain.loss - 1) < tolerance, `${bounded.loss} and ${plain.loss}`);
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
