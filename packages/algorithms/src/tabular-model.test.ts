import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tabularModel } from './tabular-model.ts';

test('rows of very many features are spread out a few at a time, and answered in their order', () => {
  const columns = 6_000_000;
  const sizes: number[] = [];
  const model = tabularModel({
    columns,
    predict: ({ rows, values, before }) => {
      sizes.push(rows);
      const firsts = Float32Array.from({ length: rows }, (_, row) => values[row * columns] ?? 0);
      const places = Int32Array.from({ length: 2 * rows }, (_, at) => before + (at >> 1));
      return {
        rows,
        fields: [
          { name: 'first', kind: 'float', shape: 'scalar', values: firsts },
          { name: 'places', kind: 'integer', shape: 2, values: places },
        ],
      };
    },
  });
  const ask = (keys: readonly number[]): Uint8Array | string => {
    const lines = keys.map((key, row) => `{"data":{"features":{"keys":[${key}],"values":[${row + 0.1}]}}}`);
    const request = { contentType: 'application/jsonlines', accept: 'text/csv', body: Buffer.from(lines.join('\n')) };
    return model.invoke(request).body;
  };
  assert.equal(ask([0, 1, 0]), `${Math.fround(0.1)},0,0\n0.0,1,1\n${Math.fround(2.1)},2,2\n`);
  assert.deepEqual(sizes, [2, 1]);
  assert.throws(() => ask([0, 0, 6_000_000]), {
    name: 'ClientError',
    message: /^row 3: key 6000000 is out of range/,
  });
});
