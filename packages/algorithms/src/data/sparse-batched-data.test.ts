import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { bytesSource } from '../formats/byte-source.ts';
import { encodeRecord } from '../formats/record-writer.ts';
import { openKernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { Random } from '../random.ts';
import type { SparseBatch, SparseColumns } from './sparse-batch.ts';
import { SparseBatchedData } from './sparse-batched-data.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const columns = 30;
type Row = readonly (readonly [key: number, value: number])[];

const shapes = fc.record({
  files: fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 })
    .filter((files) => files.some((rows) => rows > 0)),
  density: fc.constantFrom(0, 0.1, 0.5),
  batchRows: fc.integer({ min: 1, max: 50 }),
  keep: fc.boolean(),
  byFeature: fc.boolean(),
  memoryBytes: fc.integer({ min: 0, max: 6000 }),
  seed: fc.integer(),
});

test('every epoch has all rows in order, in batches of the asked size and by feature, whether they are kept or read again', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ files, density, seed, ...options }) => {
      const rows = sampleRows(
        new Random(seed),
        files.reduce((sum, count) => sum + count, 0),
        density,
      );
      const source = channel(rows, files);
      const data = new SparseBatchedData(source, kernels, { columns, labelSize: 1, ...options });
      for (let epoch = 0; epoch < 3; epoch++) {
        const seen: Row[] = [];
        const sizes: number[] = [];
        for await (const batch of data.epoch()) {
          const own = rowsOf(batch);
          assert.deepEqual(
            labelsOf(batch),
            own.map((_, row) => seen.length + row),
          );
          assert.equal(batch.byFeature === undefined, !options.byFeature);
          if (batch.byFeature !== undefined) assertByFeature(batch.byFeature, own);
          seen.push(...own);
          sizes.push(batch.rows);
        }
        assert.deepEqual(seen, rows);
        assert.ok(
          sizes.slice(0, -1).every((size) => size === options.batchRows) && (sizes.at(-1) ?? 0) <= options.batchRows,
        );
      }
      assert.ok(source.epochsRead.length === 3 || (options.keep && source.epochsRead.length === 1));
      data.release();
      assert.equal(kernels.heap.bytesInUse, 0);
    }),
    { numRuns: 80 },
  );
});

test('an epoch that is left early leaves nothing in memory', async () => {
  const rows = sampleRows(new Random(1), 100, 0.2);
  const data = new SparseBatchedData(channel(rows, [100]), kernels, {
    columns,
    labelSize: 1,
    batchRows: 10,
    keep: true,
  });
  for await (const batch of data.epoch()) if (batch.rows > 0) break;
  assert.equal(kernels.heap.bytesInUse, 0);
});

test('a channel without rows, or of another content type, is refused', async () => {
  const read = async (source: DataChannel): Promise<void> => {
    for await (const batch of new SparseBatchedData(source, kernels, { columns, labelSize: 1, batchRows: 10 }).epoch())
      assert.fail(`${batch.rows} rows`);
  };
  await assert.rejects(read(channel([], [0])), { name: 'ClientError', message: /channel train holds no rows/ });
  const csv = { ...channel([], [0]), contentType: { type: 'text/csv', parameters: {} } };
  await assert.rejects(read(csv), { name: 'ClientError', message: /text\/csv is not supported/ });
});

/** Files of sparse records; the label of a row is its number. Rows without entries are written as such. */
function channel(rows: readonly Row[], files: readonly number[]): DataChannel & { epochsRead: number[] } {
  const epochsRead: number[] = [];
  return {
    name: 'train',
    contentType: undefined,
    epochsRead,
    async *sources(epoch) {
      epochsRead.push(epoch);
      let next = 0;
      for (const count of files) {
        const records = rows.slice(next, next + count).map((row, index) =>
          encodeRecord({
            features: {
              values: tensor(
                row.map(([, value]) => value),
                row.map(([key]) => key),
                [columns],
              ),
            },
            label: { values: tensor([next + index], [], []) },
          }),
        );
        next += count;
        yield bytesSource('t.pbr', Buffer.concat(records));
      }
    },
  };
}

function tensor(values: readonly number[], keys: readonly number[], shape: readonly number[]) {
  return {
    type: 'float32',
    values: Float32Array.from(values),
    keys: Float64Array.from(keys),
    shape,
  } as const;
}

function sampleRows(random: Random, count: number, density: number): Row[] {
  return Array.from({ length: count }, () =>
    Array.from({ length: columns }, (_, key) => key)
      .filter(() => random.uniform() < density)
      .map((key) => [key, 1 + random.below(9)] as const),
  );
}

function rowsOf({ rows, entries, starts, keys, values }: SparseBatch): Row[] {
  const { heap } = kernels;
  const [from, ids, numbers] = [
    heap.viewInt32(starts, rows + 1),
    heap.viewInt32(keys, entries),
    heap.viewFloat32(values, entries),
  ];
  assert.equal(from[rows], entries);
  return Array.from({ length: rows }, (_, row) => {
    const [start = 0, end = 0] = from.subarray(row, row + 2);
    return Array.from(
      { length: end - start },
      (__, entry) => [ids[start + entry] ?? -1, numbers[start + entry] ?? 0] as const,
    );
  });
}

function labelsOf({ rows, labels }: SparseBatch): number[] {
  return Array.from(kernels.heap.viewFloat32(labels, rows));
}

function assertByFeature({ count, ids, starts, rows, values }: SparseColumns, own: readonly Row[]): void {
  const { heap } = kernels;
  const expected = new Map<number, (readonly [row: number, value: number])[]>();
  for (const [row, entries] of own.entries())
    for (const [key, value] of entries) expected.set(key, [...(expected.get(key) ?? []), [row, value]]);
  const from = heap.viewInt32(starts, count + 1);
  const actual = Array.from(heap.viewInt32(ids, count), (id, column) => {
    const [start = 0, end = 0] = from.subarray(column, column + 2);
    const [places, numbers] = [heap.viewInt32(rows, end), heap.viewFloat32(values, end)];
    return [
      id,
      Array.from({ length: end - start }, (_, entry) => [places[start + entry], numbers[start + entry]]),
    ] as const;
  });
  assert.deepEqual(actual, [...expected]);
}
