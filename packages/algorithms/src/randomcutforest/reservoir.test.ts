import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { Reservoir } from './reservoir.ts';

const kernels = openKernels({ threads: 1 });
after(() => kernels.close());

/** What is in the sample after a stream of the numbers 0 … length - 1, cut into blocks. */
function sampleOf(length: number, capacity: number, blockRows: number, seed: number): number[] {
  const reservoir = new Reservoir(kernels, 1, capacity, new Random(seed));
  const block = kernels.heap.float32(blockRows * 4);
  for (let first = 0; first < length; first += blockRows) {
    const rows = Math.min(blockRows, length - first);
    for (let row = 0; row < rows; row++) block.values[row * 4] = first + row;
    reservoir.add({ rows, columns: 1, stride: 4, labelSize: 0, values: block.pointer, labels: 0 });
  }
  assert.equal(reservoir.seen, length);
  assert.equal(reservoir.rows, Math.min(length, capacity));
  const all = kernels.heap.viewFloat32(reservoir.pointer, reservoir.rows * 4);
  const sample = Array.from({ length: reservoir.rows }, (_, row) => all[row * 4] ?? -1);
  reservoir.release();
  kernels.heap.free(block.pointer);
  return sample;
}

test('a stream that fits is kept as it is', () => {
  assert.deepEqual(sampleOf(7, 10, 3, 1), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(sampleOf(3, 3, 2, 1), [0, 1, 2]);
});

test('the sample does not depend on how the stream is cut into blocks', () => {
  const whole = sampleOf(5000, 20, 5000, 9);
  for (const blockRows of [1, 7, 20, 21, 999]) assert.deepEqual(sampleOf(5000, 20, blockRows, 9), whole);
});

test('no row is twice in the sample, and every part of the stream is in it as often as the others', () => {
  for (const capacity of [1, 10]) {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let seed = 0; seed < 2000; seed++) {
      const sample = sampleOf(100, capacity, 40, seed);
      assert.equal(new Set(sample).size, capacity);
      for (const row of sample) tenths[Math.floor(row / 10)] = (tenths[Math.floor(row / 10)] ?? 0) + 1;
    }
    const expected = 200 * capacity;
    // Five deviations of a binomial count.
    for (const count of tenths)
      assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${capacity}: ${tenths.join()}`);
  }
});
