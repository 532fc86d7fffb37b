import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { bytesSource } from '../formats/byte-source.ts';
import { parseContentType } from '../formats/content-type.ts';
import { openKernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { BatchedData, type BatchOptions } from './batched-data.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

/** Files with these numbers of rows; every row is its number, twice that, and a label. */
function channel(files: readonly number[]): DataChannel & { epochsRead: number[] } {
  const epochsRead: number[] = [];
  return {
    name: 'train',
    contentType: parseContentType('text/csv;label_size=1'),
    epochsRead,
    async *sources(epoch) {
      epochsRead.push(epoch);
      let row = 0;
      for (const rows of files) {
        const lines = Array.from({ length: rows }, () => `${-row},${row},${2 * row++}\n`);
        yield bytesSource('t.csv', Buffer.from(lines.join('')));
      }
    },
  };
}

async function readEpoch(data: BatchedData): Promise<{ sizes: number[]; rows: number[]; labels: number[] }> {
  const seen: { sizes: number[]; rows: number[]; labels: number[] } = { sizes: [], rows: [], labels: [] };
  for await (const batch of data.epoch()) {
    seen.sizes.push(batch.rows);
    const values = kernels.heap.viewFloat32(batch.values, batch.rows * batch.stride);
    for (let row = 0; row < batch.rows; row++) {
      seen.rows.push(values[row * batch.stride] ?? -1);
      assert.equal(values[row * batch.stride + 1], 2 * (values[row * batch.stride] ?? -1));
    }
    seen.labels.push(...kernels.heap.viewFloat32(batch.labels, batch.rows));
  }
  return seen;
}

test('every epoch has all rows in order, in batches of the asked size, whether they are kept or read again', async () => {
  const shape = fc.record({
    files: fc
      .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 })
      .filter((files) => files.some((rows) => rows > 0)),
    batchRows: fc.integer({ min: 1, max: 50 }),
    keep: fc.boolean(),
    memoryBytes: fc.integer({ min: 0, max: 3000 }),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ files, ...options }) => {
      const total = files.reduce((sum, rows) => sum + rows, 0);
      const source = channel(files);
      const data = new BatchedData(source, kernels, { labelSize: 1, ...options });
      for (let epoch = 0; epoch < 3; epoch++) {
        const { sizes, rows, labels } = await readEpoch(data);
        assert.deepEqual(
          rows,
          Array.from({ length: total }, (_, row) => row),
        );
        assert.deepEqual(
          labels,
          rows.map((row) => 0 - row),
        );
        assert.ok(
          sizes.slice(0, -1).every((size) => size === options.batchRows) && (sizes.at(-1) ?? 0) <= options.batchRows,
        );
      }
      assert.ok(source.epochsRead.length === 3 || (options.keep && source.epochsRead.length === 1));
      data.release();
      assert.equal(kernels.heap.bytesInUse, 0);
    }),
    { numRuns: 60 },
  );
});

test('a batch is prepared once, however often it is used', async () => {
  const prepared: number[] = [];
  const options: BatchOptions = {
    labelSize: 1,
    batchRows: 10,
    keep: true,
    prepare: (batch) => void prepared.push(batch.rows),
  };
  const data = new BatchedData(channel([25]), kernels, options);
  for (let epoch = 0; epoch < 3; epoch++) await readEpoch(data);
  assert.deepEqual(prepared, [10, 10, 5]);
  data.release();
});

test('an epoch that is left early leaves nothing in memory', async () => {
  const data = new BatchedData(channel([100]), kernels, { labelSize: 1, batchRows: 10, keep: true });
  for await (const batch of data.epoch()) if (batch.rows > 0) break;
  assert.equal(kernels.heap.bytesInUse, 0);
});

test('a channel without rows is refused', async () => {
  await assert.rejects(readEpoch(new BatchedData(channel([0]), kernels, { labelSize: 1, batchRows: 10 })), {
    name: 'ClientError',
    message: /channel train holds no rows/,
  });
});

test('rows that were kept can be joined to one batch, and those that were not cannot', async () => {
  for (const [memoryBytes, kept] of [
    [10_000, true],
    [100, false],
  ] as const) {
    const before = kernels.heap.bytesInUse;
    const data = new BatchedData(channel([7, 0, 12]), kernels, { labelSize: 1, batchRows: 5, keep: true, memoryBytes });
    assert.equal(data.join(), undefined);
    const { rows, labels } = await readEpoch(data);
    const joined = data.join();
    assert.equal(joined !== undefined, kept);
    if (joined !== undefined) {
      const values = kernels.heap.viewFloat32(joined.values, joined.rows * joined.stride);
      assert.deepEqual(
        Array.from({ length: joined.rows }, (_, row) => values[row * joined.stride]),
        rows,
      );
      assert.deepEqual([...kernels.heap.viewFloat32(joined.labels, joined.rows)], labels);
      kernels.heap.free(joined.values);
      kernels.heap.free(joined.labels);
    }
    data.release();
    assert.equal(kernels.heap.bytesInUse, before);
  }
});
