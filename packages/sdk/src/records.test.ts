import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsToRecords } from './records.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('rows become the bytes that the SageMaker Python SDK writes for them', () => {
  // Of write_numpy_to_dense_tensor, for [[1.5, -2], [0, 300]] with labels [1, 0].
  assert.equal(
    hex(
      rowsToRecords(
        [
          [1.5, -2],
          [0, 300],
        ],
        [1, 0],
      ),
    ),
    '0a23d7ce2c0000000a160a0676616c756573120c120a0a080000c03f000000c012120a0676616c756573120812060a040000803f' +
      '0a23d7ce2c0000000a160a0676616c756573120c120a0a08000000000000964312120a0676616c756573120812060a0400000000',
  );
});

test('sparse rows carry their keys, and an empty one says that a column is 0', () => {
  const keys = hex(rowsToRecords([{ keys: [300], values: [1] }]));
  assert.ok(keys.endsWith('0a040000803f1202ac02'), keys);
  assert.ok(hex(rowsToRecords([{ keys: [], values: [] }])).includes('0a0400000000120100'));
  assert.throws(() => rowsToRecords([{ keys: [1, 2], values: [1] }]), /2 keys for 1 values/);
  for (const key of [-1, 0.5, 2 ** 60]) {
    assert.throws(() => rowsToRecords([{ keys: [key], values: [1] }]), /is no column/);
  }
});
