import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeArrays, encodeArrays } from './ndarray.ts';

const array = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 6 }))
  .chain(([rows, columns]) =>
    fc
      .float32Array({ minLength: rows * columns, maxLength: rows * columns })
      .map((values) => ({ shape: [rows, columns], values })),
  );

test('arrays and names survive the round trip', () => {
  fc.assert(
    fc.property(fc.array(array, { maxLength: 4 }), fc.boolean(), (arrays, named) => {
      const written = arrays.map((one, index) => ({ ...one, name: named ? `arg:${index}` : '' }));
      const bytes = encodeArrays(written);
      assert.deepEqual(decodeArrays(bytes, 'x'), written);
      // At an odd address.
      const moved = new Uint8Array(bytes.length + 1).subarray(1);
      moved.set(bytes);
      assert.deepEqual(decodeArrays(moved, 'x'), written);
    }),
  );
});

test('one array of two numbers has the bytes that MXNet writes', () => {
  const words = [0x112, 0, 0, 0, 1, 0, 0xf993fac9, 0, 2, 1, 0, 2, 0, 1, 0, 0, 0x3f800000, 0x40000000, 0, 0];
  const bytes = Buffer.from(Uint32Array.from(words).buffer);
  assert.deepEqual(encodeArrays([{ name: '', shape: [1, 2], values: Float32Array.of(1, 2) }]), bytes);
});

test('a file that is cut or something else is a client error', () => {
  const bytes = encodeArrays([{ name: 'a', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }]);
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => decodeArrays(bytes.subarray(0, length), 'm'), {
      name: 'ClientError',
      message: /file m of the model/,
    });
  assert.throws(() => decodeArrays(Buffer.from('this is no such file, as is plain'), 'm'), /is not an NDArray file/);
});
