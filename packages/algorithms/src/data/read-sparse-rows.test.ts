import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { bytesSource, type ByteSource } from '../formats/byte-source.ts';
import { encodeRecord } from '../formats/record-writer.ts';
import type { Tensor } from '../formats/record.ts';
import { openKernels } from '../kernels/kernels.ts';
import type { DataChannel } from '../program/data-channel.ts';
import { readSparseRows } from './read-sparse-rows.ts';

const kernels = openKernels({ threads: 1 });
after(() => kernels.close());

const columns = 300;
interface Written {
  readonly entries: readonly (readonly [key: number, value: number])[];
  readonly label: number;
  /** Forms that the kernel leaves to the slower reader are `wide` and `long`. */
  readonly form: 'sparse' | 'dense' | 'named' | 'wide' | 'long';
}

const record: fc.Arbitrary<Written> = fc.record({
  entries: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: columns - 1 }), fc.integer({ min: -3, max: 3 })), {
      selector: ([key]) => key,
      maxLength: 12,
    })
    .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length })),
  label: fc.integer({ min: 0, max: 9 }),
  form: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom('sparse', 'dense', 'named') },
    { weight: 1, arbitrary: fc.constantFrom('wide', 'long') },
  ),
});

test('records of every form become rows without zeros, in whatever pieces the bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 5000 }),
      async (written, piece) => {
        const records = written.map(encode);
        const rows = await read(inPieces(Buffer.concat(records), piece));
        let offset = 0;
        assert.deepEqual(
          rows,
          written.map(({ entries, label, form }, at) => ({
            place: `file t.pbr, record ${at + 1} (offset ${(offset += records[at - 1]?.length ?? 0)})`,
            entries: (form === 'dense' ? entries.toSorted(([a], [b]) => a - b) : entries).filter(
              ([, value]) => value !== 0,
            ),
            label,
          })),
        );
        assert.equal(kernels.heap.bytesInUse, 0);
      },
    ),
    { numRuns: 60 },
  );
});

test('a record that is wrong is told with its number and offset, also after records of other forms', async () => {
  const good: Written = { entries: [[5, 1]], label: 1, form: 'sparse' };
  const before = [good, { ...good, form: 'wide' } as const, good, good];
  const bytes = Buffer.concat(before.map(encode));
  const noSeven = (label: number): string | undefined => (label === 7 ? 'seven is too many' : undefined);
  const wrong: [Uint8Array, string][] = [
    [encode({ ...good, entries: [[300, 1]] }), 'key 300 is out of range for 300 features'],
    [encode({ ...good, entries: [[5, Number.NaN]] }), 'feature 5 is NaN, not a finite number'],
    [encode({ ...good, label: Number.POSITIVE_INFINITY }), 'the label is Infinity, not a finite number'],
    [encode({ ...good, label: 7 }), 'seven is too many'],
  ];
  for (const [last, expected] of wrong) {
    for (const [lead, number] of [
      [Buffer.concat([encode(good), encode(good)]), 3],
      [bytes, 5],
    ] as const) {
      const message = `file t.pbr, record ${number} (offset ${lead.length}): ${expected}`;
      await assert.rejects(read(inPieces(Buffer.concat([lead, last, encode(good)]), 10_000), noSeven), {
        name: 'ClientError',
        message,
      });
    }
  }
  await assert.rejects(read(inPieces(bytes.subarray(0, -2), 100)), {
    message: /offset \d+: the file ends inside a record/,
  });
});

test('a record that is longer than what is read at once is read whole', async () => {
  const width = 1_500_000;
  const values = new Float32Array(width).fill(2);
  const tensor = (numbers: Float32Array): Tensor => ({
    type: 'float32',
    values: numbers,
    keys: new Float64Array(0),
    shape: [],
  });
  const long = encodeRecord({ features: { values: tensor(values) }, label: { values: tensor(Float32Array.of(3)) } });
  let rows = 0;
  for await (const block of readSparseRows(channel(bytesSource('t.pbr', Buffer.concat([long, long]))), 0, kernels, {
    columns: width,
    labelSize: 1,
  })) {
    rows += block.rows;
    assert.equal(block.starts[block.rows], block.rows * width);
  }
  assert.equal(rows, 2);
});

function encode({ entries, label, form }: Written): Uint8Array {
  const sparse: Tensor = {
    type: 'float32',
    values: Float32Array.from(entries, ([, value]) => value),
    keys: Float64Array.from(entries, ([key]) => key),
    shape: [columns],
  };
  const values = new Float32Array(columns);
  for (const [key, value] of entries) values[key] = value;
  const dense: Tensor = { type: 'float32', values, keys: new Float64Array(0), shape: [] };
  const target = { keys: new Float64Array(0), shape: [] };
  return encodeRecord({
    features: {
      [form === 'named' ? 'features' : 'values']: form === 'dense' ? dense : sparse,
      ...(form === 'long' ? { more: dense } : {}),
    },
    label: {
      values:
        form === 'wide'
          ? { ...target, type: 'float64', values: Float64Array.of(label) }
          : { ...target, type: 'float32', values: Float32Array.of(label) },
    },
    ...(form === 'named' ? { uid: 'u', metadata: '{}' } : {}),
  });
}

function inPieces(bytes: Uint8Array, piece: number): ByteSource {
  const whole = bytesSource('t.pbr', bytes);
  return { ...whole, read: (into) => whole.read(into.subarray(0, piece)) };
}

function channel(source: ByteSource): DataChannel {
  return {
    name: 'train',
    contentType: undefined,
    async *sources() {
      yield source;
    },
  };
}

async function read(source: ByteSource, checkLabel?: (label: number) => string | undefined) {
  const rows: { place: string; entries: (readonly [number, number])[]; label: number }[] = [];
  const options = { columns, labelSize: 1, ...(checkLabel === undefined ? {} : { checkLabel }) } as const;
  for await (const block of readSparseRows(channel(source), 0, kernels, options)) {
    for (let row = 0; row < block.rows; row++) {
      const [start = 0, end = 0] = block.starts.subarray(row, row + 2);
      const entries = Array.from(
        { length: end - start },
        (_, at) => [block.keys[start + at] ?? -1, block.values[start + at] ?? 0] as const,
      );
      rows.push({ place: block.place(row), entries, label: block.labels[row] ?? -1 });
    }
  }
  return rows;
}
