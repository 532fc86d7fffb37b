import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isRows, rowsToCsv } from './rows.ts';

test('every double comes back from CSV as it was', () => {
  const row = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(row, (values) => {
      const back = rowsToCsv([values]).split(',').map(Number);
      assert.deepEqual(
        back.map((value) => value + 0),
        values.map((value) => value + 0),
      );
    }),
  );
});

test('typed arrays are rows, and rows of different lengths are refused', () => {
  assert.ok(isRows([new Float32Array([1, 2])]));
  assert.ok(!isRows(['1,2']));
  assert.ok(!isRows({ instances: [] }));
  assert.throws(() => rowsToCsv([[1, 2], [3]]), /Row 1 has 1 values, but row 0 has 2/);
});
