import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { bytesSource, type ByteSource } from './byte-source.ts';
import { oracleBinary, oracleJson } from '../testing/record-oracle.ts';
import { encodeRecord } from './record-writer.ts';
import { decodeRecord, type DataRecord, type Tensor } from './record.ts';
import { frame, framesOf } from './recordio-frames.ts';
import { readRecordRows, readRecords } from './recordio-reader.ts';
import type { RowOptions } from './row-block.ts';

const kernels = openKernels({ threads: 1 });
after(() => kernels.close());

const shape = fc.constantFrom([], [3, 4], [70_000]);
const keys = fc.array(fc.integer({ min: 0, max: 2 ** 40 }), { maxLength: 5 }).map((list) => Float64Array.from(list));
const tensor: fc.Arbitrary<Tensor> = fc.oneof(
  fc.record({ type: fc.constant('float32' as const), values: fc.float32Array(), keys, shape }),
  fc.record({ type: fc.constant('float64' as const), values: fc.float64Array(), keys, shape }),
  fc.record({ type: fc.constant('int32' as const), values: fc.int32Array(), keys, shape }),
);
const tensors = fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), tensor, { maxKeys: 3, noNullPrototype: true });
const record: fc.Arbitrary<DataRecord> = fc
  .record({ features: tensors, label: tensors, uid: fc.option(fc.string()), metadata: fc.option(fc.string()) })
  .map(({ features, label, uid, metadata }) => ({
    features,
    label,
    ...(uid === null ? {} : { uid }),
    ...(metadata === null ? {} : { metadata }),
  }));

test('what is written is read back, and a protobuf library reads the same', () => {
  fc.assert(
    fc.property(record, (written) => {
      const [only, ...rest] = framesOf(encodeRecord(written), 'x');
      assert.equal(rest.length, 0);
      const payload = only?.payload ?? new Uint8Array();
      assert.deepEqual(normal(decodeRecord(payload)), normal(written));
      assert.deepEqual(oracleJson(payload), inJson(written));
    }),
    { numRuns: 300 },
  );
});

test('what a protobuf library writes is read', () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1 }), keys, (values, columns) => {
      const message = {
        features: {
          values: {
            float32Tensor: { values: Array.from(values, json), keys: Array.from(columns, String), shape: ['9'] },
          },
        },
      };
      const { features } = decodeRecord(oracleBinary(message));
      assert.deepEqual(features['values'], { type: 'float32', values, keys: columns, shape: [9] });
    }),
  );
});

test('unpacked values, unknown fields and several runs of one field are read', () => {
  const float = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
  const tensorBytes = [0x0d, ...float(1.5), 0x0a, 8, ...float(2), ...float(3), 0x10, 5, 0x12, 2, 0x81, 0x01, 0x20, 7];
  const value = [0x12, tensorBytes.length, ...tensorBytes];
  const entry = [0x0a, 6, ...Buffer.from('values'), 0x12, value.length, ...value];
  const { features } = decodeRecord(Uint8Array.from([0x0a, entry.length, ...entry, 0x7d, 1, 2, 3, 4]));
  assert.deepEqual(features['values'], {
    type: 'float32',
    values: Float32Array.of(1.5, 2, 3),
    keys: Float64Array.of(5, 129),
    shape: [],
  });
});

test('any cut or damage is told with file and offset, and never more than that', async () => {
  const one = encodeRecord({ features: { values: dense([1, 2, 3]) }, label: {} });
  const file = Buffer.concat([one, one, one]);
  for (let length = 1; length < file.length; length++) {
    if (length % one.length === 0) continue;
    await assert.rejects(rows(bytesSource('cut.pbr', file.subarray(0, length))), {
      name: 'ClientError',
      message: /^file cut\.pbr, offset \d+: the file ends inside a record$/,
    });
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.nat(255), async (at, byte) => {
      const copy = Buffer.from(file);
      copy[at] = byte;
      await rows(bytesSource('bad.pbr', copy)).catch((error: Error) => {
        assert.equal(error.name, 'ClientError', error.stack);
        assert.match(error.message, /^file bad\.pbr, (record \d+ \()?offset \d+/);
      });
    }),
    { numRuns: 1000 },
  );
});

test('a record in several parts is one record, the magic word between them restored', () => {
  const magic = Buffer.from([0x0a, 0x23, 0xd7, 0xce]);
  const part = (position: number, bytes: Uint8Array): Uint8Array => {
    const framed = frame(bytes);
    framed[7] = position << 5;
    return framed;
  };
  const file = Buffer.concat([
    part(1, Buffer.from('ab')),
    part(2, Buffer.from('cde')),
    part(3, Buffer.from('f')),
    frame(Buffer.from('g')),
  ]);
  const payloads = framesOf(file, 'x').map(({ payload }) => Buffer.from(payload).toString('hex'));
  assert.deepEqual(payloads, [
    Buffer.concat([Buffer.from('ab'), magic, Buffer.from('cde'), magic, Buffer.from('f')]).toString('hex'),
    '67',
  ]);
  assert.throws(() => framesOf(part(2, Buffer.from('x')), 'x'), /offset 0: the parts of a record are out of order/);
  assert.throws(() => framesOf(part(1, Buffer.from('x')), 'x'), /offset 0: the last part of a record is missing/);
});

test('records larger than a read, and reads smaller than a record, come out whole', async () => {
  const file = Buffer.concat(
    Array.from({ length: 50 }, (_, index) =>
      encodeRecord({ features: { values: dense([index, index / 2]) }, label: {} }),
    ),
  );
  const source = bytesSource('x', file);
  const slow: ByteSource = { ...source, read: (into) => source.read(into.subarray(0, 7)) };
  const seen: number[] = [];
  for await (const batch of readRecords(slow))
    seen.push(...batch.map(({ record: { features } }) => features['values']?.values[0] ?? -1));
  assert.deepEqual(
    seen,
    Array.from({ length: 50 }, (_, index) => index),
  );
});

test('dense and sparse records become the same rows, with labels', async () => {
  const label = { values: dense([4]) };
  const sparse: Tensor = { type: 'float32', values: Float32Array.of(7, 8), keys: Float64Array.of(0, 3), shape: [5] };
  const file = Buffer.concat([
    encodeRecord({ features: { values: dense([7, 0, 0, 8, 0]) }, label }),
    encodeRecord({ features: { values: sparse }, label }),
  ]);
  assert.deepEqual(await rows(bytesSource('x', file), { labelSize: 1 }), {
    values: [7, 0, 0, 8, 0, 7, 0, 0, 8, 0],
    labels: [4, 4],
  });
  assert.equal(kernels.heap.bytesInUse, 0);
});

test('records that do not fit say which', async () => {
  const file = (tensorOf: Tensor): Buffer =>
    Buffer.concat([
      encodeRecord({ features: { values: dense([1, 2]) }, label: {} }),
      encodeRecord({ features: { values: tensorOf }, label: {} }),
    ]);
  const cases: [Tensor, RegExp, RowOptions?][] = [
    [dense([1, 2, 3]), /^file x, record 2 \(offset \d+\): 3 features, expected 2$/],
    [{ ...dense([1]), keys: Float64Array.of(2), shape: [2] }, /record 2 .*: key 2 is out of range for 2 features/],
    [{ ...dense([1]), keys: Float64Array.of(0, 1), shape: [2] }, /record 2 .*: 2 keys for 1 values/],
    [dense([1, Number.NaN]), /record 2 .*: feature 1 is NaN/],
    [dense([1, 2]), /record 1 .* has no label/, { labelSize: 1 }],
  ];
  for (const [second, message, options] of cases)
    await assert.rejects(rows(bytesSource('x', file(second)), options), { name: 'ClientError', message });
});

function dense(values: readonly number[]): Tensor {
  return { type: 'float32', values: Float32Array.from(values), keys: new Float64Array(0), shape: [] };
}

async function rows(
  source: ByteSource,
  options: RowOptions = { labelSize: 0 },
): Promise<{ values: number[]; labels: number[] }> {
  const table: { values: number[]; labels: number[] } = { values: [], labels: [] };
  for await (const block of readRecordRows(source, kernels, options)) {
    const values = kernels.heap.viewFloat32(block.values, block.rows * block.stride);
    for (let row = 0; row < block.rows; row++)
      table.values.push(...values.subarray(row * block.stride, row * block.stride + block.columns));
    table.labels.push(...kernels.heap.viewFloat32(block.labels, block.rows * block.labelSize));
  }
  return table;
}

/** Plain values, in which an empty tensor has no type to compare. */
function normal(value: DataRecord): unknown {
  const plain = (map: DataRecord['features']): unknown =>
    Object.fromEntries(
      Object.entries(map).map(([key, one]) => [
        key,
        { type: one.type, values: Array.from(one.values), keys: Array.from(one.keys), shape: [...one.shape] },
      ]),
    );
  return { features: plain(value.features), label: plain(value.label), uid: value.uid, metadata: value.metadata };
}

/** As protobuf's JSON has it: 64-bit numbers as text, words for what JSON lacks, nothing for empty lists. */
function inJson({ features, label, ...texts }: DataRecord): unknown {
  const list = (name: string, values: readonly unknown[]): object => (values.length === 0 ? {} : { [name]: values });
  const map = (name: string, entries: DataRecord['features']): object =>
    Object.keys(entries).length === 0
      ? {}
      : {
          [name]: Object.fromEntries(
            Object.entries(entries).map(([key, one]) => [
              key,
              {
                [`${one.type}Tensor`]: {
                  ...list('values', Array.from<number, unknown>(one.values, json)),
                  ...list('keys', Array.from(one.keys, String)),
                  ...list('shape', one.shape.map(String)),
                },
              },
            ]),
          ),
        };
  return { ...map('features', features), ...map('label', label), ...texts };
}

function json(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
