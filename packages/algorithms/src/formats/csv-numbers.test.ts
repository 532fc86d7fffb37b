/** Every way in which the kernel reads a number, against JavaScript's own, in tables where different ways stand side by side. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { bytesSource } from './byte-source.ts';
import { readCsv, type CsvOptions } from './csv-reader.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());

const random = new Random(11);
const below = (count: number): number => random.below(count);
const oneOf = <T>(choices: readonly [T, ...T[]]): T => choices[below(choices.length)] ?? choices[0];
const digits = (count: number): string => Array.from({ length: count }, () => String(below(10))).join('');

/** Middles between two neighbouring 32-bit or 64-bit numbers, the numbers themselves, and what lies a little beside. */
function closeCall(): string {
  const bits = 0x3000_0000 + below(0x1c00_0000);
  const [low = 0, high = 0] = new Float32Array(Uint32Array.of(bits, bits + 1).buffer);
  const text = oneOf([(low + high) / 2, low, high]).toFixed(below(25));
  const at = text.length - 1 - below(3);
  return oneOf([text, `${text.slice(0, at)}${digits(1)}${text.slice(at + 1)}`, `${text}${digits(below(4))}`]);
}

const shapes: readonly [() => string, ...(() => string)[]] = [
  // A point anywhere, as many digits as the short way takes, and as many as the long ways take.
  () => `${digits(below(9))}.${digits(1 + below(8))}`,
  () => `${digits(1 + below(8))}.${digits(below(24))}`,
  () => `${digits(below(20))}.${digits(1 + below(6))}`,
  () => digits(1 + below(22)),
  () => `${'0'.repeat(below(12))}${digits(1 + below(5))}.${'0'.repeat(below(12))}${digits(below(8))}`,
  () => String(Math.abs(random.normal())),
  () => String(Math.abs(random.normal()) * 10 ** (below(16) - 8)),
  () => Math.abs(random.normal() * 1000).toFixed(below(12)),
  () => `${digits(1 + below(3))}.${digits(below(19))}e${oneOf(['', '-', '+'])}${below(30)}`,
  () => `${1 + below(9)}.${digits(below(18))}E-${300 + below(40)}`,
  () => `${digits(1 + below(17))}e${oneOf(['', '-', '+', '-0', '+0'])}${below(21)}`,
  () => random.normal().toExponential(below(19)).replace('-', ''),
  () => `${oneOf(['9007199254740993', '9007199254740992', '900719925474099.3'])}e${below(40) - 20}`,
  closeCall,
  () => `${closeCall()}e${oneOf(['', '-'])}${below(8)}`,
];

function number(): string {
  return `${oneOf(['', '', '-', '-', '+'])}${oneOf(shapes)()}`;
}

async function read(text: string, options: Partial<CsvOptions>): Promise<number[][]> {
  const rows: number[][] = [];
  const view = options.element === 'float32' ? 'viewFloat32' : 'viewFloat64';
  const source = bytesSource('t.csv', Buffer.from(text));
  for await (const block of readCsv(source, kernels, { labelSize: 0, ...options })) {
    const values = kernels.heap[view](block.values, block.rows * block.stride);
    const labels = kernels.heap[view](block.labels, block.rows * block.labelSize);
    for (let row = 0; row < block.rows; row++) {
      const numbers = values.subarray(row * block.stride, row * block.stride + block.columns);
      rows.push([...labels.subarray(row * block.labelSize, (row + 1) * block.labelSize), ...numbers]);
    }
  }
  return rows;
}

test('numbers of every shape, beside numbers of every other, are rounded as JavaScript does', async () => {
  for (const element of ['float32', 'float64'] as const) {
    const rounded = element === 'float32' ? Math.fround : (value: number): number => value;
    for (let table = 0; table < 60; table++) {
      const fields = 1 + below(7);
      // All of one shape, so that the ways that go on as long as they fit do, or all shapes mixed.
      const shape = oneOf(shapes);
      const next = table % 2 === 0 ? number : (): string => `${oneOf(['', '-'])}${shape()}`;
      const lines = Array.from({ length: 150 }, () => Array.from({ length: fields }, next));
      const text = lines.map((line) => line.join(',')).join(oneOf(['\n', '\r\n']));
      const labelSize = fields > 1 ? below(2) : 0;
      const rows = await read(text, { element, labelSize, chunkBytes: 50 + below(100_000) });
      for (const [at, line] of lines.entries()) {
        const expected = line.map((field) => rounded(Number(field)));
        assert.deepEqual(rows[at], expected, `${element}: ${line.join(',')}`);
      }
      assert.equal(rows.length, lines.length);
    }
  }
});

test('a field that is no number is found at each place of a pair, whatever its length', async () => {
  const wrong = [
    '1e',
    'e5',
    '1e5.5',
    '1ed5',
    '1e+-5',
    '1.5e5e5',
    '1..5e5',
    '.e5',
    '-e5',
    '1.2345678901234567x8e5',
    '1.5e1234x',
    '.',
    '-',
    '1-2',
    '1.2.3',
    '12a',
    '0.123456789012345x',
    '0.1234567890123456.7',
    '123456789012345.67.8',
    '1.2345678901234567-8',
    '0.123456789a12345678',
  ];
  for (const field of wrong) {
    for (const good of ['1.5', '0.12345678901234567']) {
      for (let place = 0; place < 5; place++) {
        const line = Array.from({ length: 5 }, (_, at) => (at === place ? field : good)).join(',');
        await assert.rejects(
          read(`1,2,3,4,5\n${line}\n`, {}),
          (error: Error) => error.message === `file t.csv, line 2, column ${place + 1}: '${field}' is not a number`,
        );
      }
    }
  }
});

test('lines with far more rows than the first ones promised are read in several blocks, in order', async () => {
  const wide = Array.from({ length: 3000 }, (_, row) => `${row}.${'0'.repeat(60)},1`);
  const narrow = Array.from({ length: 60_000 }, (_, row) => `${row % 10},2`);
  const rows = await read([...wide, ...narrow].join('\n'), { element: 'float32' });
  assert.equal(rows.length, 63_000);
  for (const [at, row] of rows.entries()) assert.deepEqual(row, at < 3000 ? [at, 1] : [(at - 3000) % 10, 2]);
});
