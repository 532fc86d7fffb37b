import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { openKernels } from '../kernels/kernels.ts';
import { bytesSource, sniffGzip, type ByteSource } from './byte-source.ts';
import { readCsv, type CsvOptions } from './csv-reader.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

interface Table {
  readonly values: number[][];
  readonly labels: number[][];
}

async function read(text: string | Uint8Array | ByteSource, options: Partial<CsvOptions> = {}): Promise<Table> {
  const source =
    typeof text === 'string'
      ? bytesSource('t.csv', Buffer.from(text))
      : text instanceof Uint8Array
        ? bytesSource('t.csv', text)
        : text;
  const table: Table = { values: [], labels: [] };
  const view = options.element === 'float32' ? 'viewFloat32' : 'viewFloat64';
  for await (const block of readCsv(source, kernels, { labelSize: 0, element: 'float64', ...options })) {
    const values = kernels.heap[view](block.values, block.rows * block.stride);
    const labels = kernels.heap[view](block.labels, block.rows * block.labelSize);
    for (let row = 0; row < block.rows; row++) {
      table.values.push(Array.from(values.subarray(row * block.stride, row * block.stride + block.columns)));
      assert.ok(
        values.subarray(row * block.stride + block.columns, (row + 1) * block.stride).every((value) => value === 0),
        'padding is zero',
      );
      table.labels.push(Array.from(labels.subarray(row * block.labelSize, (row + 1) * block.labelSize)));
    }
  }
  return table;
}

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const spelling = fc.constantFrom<(value: number) => string>(
  String,
  (value) => value.toExponential(),
  (value) => value.toExponential(18),
  (value) => ` ${value} `,
  (value) => `"${value}"`,
  (value) => (value >= 0 ? `+${value}` : `${value}`),
  (value) => value.toPrecision(21),
  (value) => value.toString().toUpperCase(),
);

test('every double is read as the nearest double, whatever its spelling', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(double, spelling), { minLength: 1, maxLength: 60 }), async (cells) => {
      const texts = cells.map(([value, spell]) => spell(value));
      const { values } = await read(texts.join('\n'));
      assert.deepEqual(
        values.flat(),
        texts.map((text) => Number(text.replaceAll('"', ''))),
      );
    }),
    { numRuns: 500 },
  );
});

test('decimals with up to 25 digits and any exponent are rounded as JavaScript does', async () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0 1 2 3 4 5 6 7 8 9'.split(' ')), minLength: 1, maxLength: 25 });
  const token = fc.tuple(
    fc.constantFrom('', '-', '+'),
    digits,
    fc.option(digits),
    fc.option(fc.integer({ min: -345, max: 290 })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(token, { minLength: 1, maxLength: 40 }), async (tokens) => {
      const texts = tokens.map(
        ([sign, whole, part, power]) =>
          `${sign}${whole}${part === null ? '' : `.${part}`}${power === null ? '' : `e${power}`}`,
      );
      const kept = texts.filter((text) => Number.isFinite(Number(text)));
      if (kept.length === 0) return;
      assert.deepEqual((await read(kept.join('\n'))).values.flat(), kept.map(Number));
    }),
    { numRuns: 500 },
  );
});

test('the hard cases between two doubles are rounded to even', async () => {
  const hard = [
    '9007199254740993',
    '9007199254740991.5',
    '2.2250738585072011e-308',
    '5e-324',
    '2.4703282292062328e-324',
    '1.7976931348623157e308',
    '0.1',
    '123456789012345678',
    '8.5e22',
    '1e23',
    '.5',
    '5.',
    '00012',
    '0.000000000000000000000000001',
  ];
  assert.deepEqual((await read(hard.join('\n'))).values.flat(), hard.map(Number));
});

test('tables survive any chunk size, line end, blank line and number of columns', async () => {
  const shape = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 9 }),
    labelSize: fc.integer({ min: 0, max: 2 }),
    chunkBytes: fc.integer({ min: 1, max: 300 }),
    end: fc.constantFrom('\n', '\r\n', '\n\n', '\r\n\r\n'),
    lastEnd: fc.boolean(),
    mark: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ rows, columns, labelSize, chunkBytes, end, lastEnd, mark }) => {
      const table = Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns + labelSize }, (__, column) => row * 1.5 - column * 0.25),
      );
      const text = (mark ? '\uFEFF' : '') + table.map((row) => row.join(',')).join(end) + (lastEnd ? end : '');
      const { values, labels } = await read(text, { labelSize, chunkBytes });
      assert.deepEqual(
        values,
        table.map((row) => row.slice(labelSize)),
      );
      assert.deepEqual(
        labels,
        table.map((row) => row.slice(0, labelSize)),
      );
    }),
    { numRuns: 300 },
  );
});

test('a text of many pieces is read in order by several threads', async () => {
  const rows = 60_000;
  const text = Array.from(
    { length: rows },
    (_, row) => `${row},${row % 7 === 0 ? '1.00000000000000000000001' : row / 8}${row % 1000 === 0 ? '\n' : ''}`,
  ).join('\n');
  const { values } = await read(text, { element: 'float32' });
  assert.equal(values.length, rows);
  for (const [row, pair] of values.entries()) assert.deepEqual(pair, [row, row % 7 === 0 ? 1 : row / 8]);
});

test('32-bit numbers are the rounded doubles', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      async (numbers) => {
        assert.deepEqual(
          (await read(numbers.join('\n'), { element: 'float32' })).values.flat(),
          numbers.map((value) => Math.fround(Number(String(value)))),
        );
      },
    ),
  );
});

test('decimals close to the middle between two 32-bit numbers are rounded by way of the double', async () => {
  const middles = fc
    .tuple(
      fc.integer({ min: 0x3000_0000, max: 0x4a00_0000 }),
      fc.integer({ min: 13, max: 19 }),
      fc.integer({ min: -3, max: 3 }),
    )
    .map(([bits, digits, off]) => {
      const [low = 0, high = 0] = new Float32Array(Uint32Array.of(bits, bits + 1).buffer);
      return ((low + high) / 2 + off * 1e-18).toPrecision(digits);
    });
  await fc.assert(
    fc.asyncProperty(fc.array(middles, { minLength: 1, maxLength: 50 }), async (texts) => {
      assert.deepEqual(
        (await read(texts.join('\n'), { element: 'float32' })).values.flat(),
        texts.map((text) => Math.fround(Number(text))),
      );
    }),
    { numRuns: 200 },
  );
});

test('fields of every length with a point at every place, and those that are no numbers, are told apart', async () => {
  const digits = '12345678901234567890';
  for (let length = 1; length <= 20; length++) {
    for (let point = 0; point <= length; point++) {
      const text = `${digits.slice(0, point)}.${digits.slice(point, length)}`;
      const texts = [text, `-${text}`, digits.slice(0, length), `-${digits.slice(0, length)}`];
      assert.deepEqual((await read(`${texts.join(',')}\n${texts.join('\n').replaceAll('\n', ',')}`)).values, [
        texts.map(Number),
        texts.map(Number),
      ]);
    }
  }
  for (const text of [
    '.',
    '-',
    '-.',
    '1.2.3',
    '1-2',
    '--1',
    '1234567890.12a4',
    '12 34',
    '0.12345678901234.67',
    '/1',
    ':1',
  ])
    await assert.rejects(read(`1,1\n1,${text}\n`), /is not a number$/, text);
});

test('gzip is recognised, and a reader that gives little at a time is read to its end', async () => {
  const text = Array.from({ length: 5000 }, (_, row) => `${row},${row * 2}`).join('\n');
  const source = await sniffGzip(bytesSource('t.csv.gz', gzipSync(text)));
  const slow: ByteSource = { ...source, read: (into) => source.read(into.subarray(0, 1000)) };
  const { values } = await read(slow);
  assert.equal(values.length, 5000);
  assert.deepEqual(values.at(-1), [4999, 9998]);
});

test('mistakes name file, line, column and value', async () => {
  const cases: [string, RegExp, Partial<CsvOptions>?][] = [
    ['1,2\n3,x\n', /^file t\.csv, line 2, column 2: 'x' is not a number$/],
    ['1,2\n\n\n3,\n', /line 4, column 2: the field is empty/],
    ['1,2\n3\n', /line 2: 1 field, expected 2 as in the lines before/],
    ['1,2\n3,4,5\n', /line 2: 3 fields, expected 2/],
    ['a,b\n1,2\n', /line 1, column 1: 'a' is not a number; the file must not have a header line/],
    ['1,2\n3,inf\n', /line 2, column 2: 'inf' is not a finite number/],
    ['1,1e39\n', /column 2: '1e39' is out of range/, { element: 'float32' }],
    ['1,0x10\n', /'0x10' is not a number/],
    ['1,1 2\n', /'1 2' is not a number/],
    ['1,-\n', /'-' is not a number/],
    ['1,1e\n', /'1e' is not a number/],
    ['1,2\r3\n', /is not a number/],
    ['1,2,3\n', /line 1: 3 fields, expected 2: 2 features and label_size=0/, { columns: 2 }],
    ['1\n', /no features beside 1 of label/, { labelSize: 1 }],
    [`${'1,2\n'.repeat(300)}3,?\n`, /line 301, column 2: '\?'/, { chunkBytes: 64 }],
  ];
  for (const [text, expected, options] of cases)
    await assert.rejects(read(text, options), { name: 'ClientError', message: expected });
});

test('NaN and empty fields are missing values when asked for, and Infinity is an error', async () => {
  const nan = Number.NaN;
  const { values } = await read('nan,1,,\r\n,-NaN,2,"" \n3,NAN, ,nAn\n', { nan: 'missing' });
  assert.deepEqual(values, [
    [nan, 1, nan, nan],
    [nan, nan, 2, nan],
    [3, nan, nan, nan],
  ]);
  for (const bad of ['-inf', 'Infinity', '1e999', 'nana', 'na'])
    await assert.rejects(read(`1,\n2,${bad}\n`, { nan: 'missing' }), {
      name: 'ClientError',
      message: new RegExp(`line 2, column 2: '${bad}' is `),
    });
});

test('label_size auto: one number more than the features is a label', async () => {
  assert.deepEqual(await read('7,1,2\n8,3,4\n', { labelSize: 'auto', columns: 2 }), {
    values: [
      [1, 2],
      [3, 4],
    ],
    labels: [[7], [8]],
  });
  assert.deepEqual((await read('1,2\n', { labelSize: 'auto', columns: 2 })).labels, [[]]);
});

test('nothing is left in kernel memory, also after an error', async () => {
  await read('1,2\n');
  await assert.rejects(read('1,x\n'));
  assert.equal(kernels.heap.bytesInUse, 0);
});
