/** Plain lines, which a kernel reads, and all others, against one that reads them one after another. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bytesSource } from '../formats/byte-source.ts';
import { openKernels } from '../kernels/kernels.ts';
import { Random } from '../random.ts';
import { LibsvmLine } from './libsvm-line.ts';
import type { DataSet } from './matrix.ts';
import { readLibsvm } from './read-libsvm.ts';
import { RowCollector } from './row-collector.ts';

const kernels = openKernels({ threads: 2 });
after(() => kernels.close());
const random = new Random(4);
const oneOf = <T>(choices: readonly [T, ...T[]]): T => choices[random.below(choices.length)] ?? choices[0];

const numbers: readonly [() => string, ...(() => string)[]] = [
  () => String(random.below(2)),
  () => random.normal().toPrecision(1 + random.below(17)),
  () => `${random.normal() * 10 ** (random.below(60) - 30)}`,
  () => `${oneOf(['+', '-', ''])}${random.below(100)}.`,
  () => `.${random.below(1000)}e${oneOf(['+', '-', ''])}${random.below(20)}`,
  () => `${random.below(1e9)}${random.below(1e9)}${random.below(1e9)}.5`,
];

/** With `spelling` 0 lines are plain. */
function line(spelling: number, query: number): string {
  const space = (): string => (spelling > 0 && random.below(9) === 0 ? oneOf(['  ', '\t', ' \t ']) : ' ');
  const label = spelling > 1 && random.below(9) === 0 ? `${random.below(2)}.0e0` : String(random.below(2));
  const weight = spelling > 0 && random.below(3) === 0 ? `:${random.below(4) / 4}` : '';
  const qid = query < 0 ? '' : `${space()}qid:${query}`;
  const keys = random.sample(1 + random.below(8), 8 + random.below(2) * 40).sort((a, b) => a - b);
  const entries = [...keys].map((key) => {
    const odd = spelling > 1 && random.below(40) === 0;
    return `${space()}${odd ? `${key}.0` : key}:${odd && random.below(2) === 0 ? 'NaN' : oneOf(numbers)()}`;
  });
  if (spelling > 1 && random.below(9) === 0) entries.reverse();
  const comment = spelling > 1 && random.below(9) === 0 ? ' # 1:x' : '';
  return `${spelling > 0 && random.below(20) === 0 ? ' ' : ''}${label}${weight}${qid}${entries.join('')}${comment}${oneOf(['', '', ' '])}`;
}

function collector(): RowCollector {
  const checkLabel = (label: number): string | undefined => (label > 1 ? `the label is ${label}` : undefined);
  return new RowCollector(kernels, { checkLabel, ranking: false });
}

function content({ matrix, labels, weights, groupStarts }: DataSet): unknown {
  assert.equal(matrix.kind, 'sparse');
  if (matrix.kind !== 'sparse') return undefined;
  const parts = [matrix.starts.values, matrix.indices.values, matrix.values.values, labels.values, weights?.values];
  return [matrix.rows, matrix.columns, groupStarts, ...parts.map((part) => part?.slice())];
}

async function read(text: string): Promise<DataSet> {
  const own = collector();
  await readLibsvm(bytesSource('t', Buffer.from(text)), kernels, own);
  return own.finish();
}

test('plain lines and others make the same rows as one line after another', async () => {
  for (const [spelling, lines, end, queries] of [
    [0, 1, '', false],
    [0, 6000, '\n', false],
    [1, 3000, '\r\n', true],
    [2, 3000, '\n', true],
    [2, 40, '', false],
  ] as const) {
    const all = Array.from({ length: lines }, (_, at) =>
      spelling > 0 && random.below(30) === 0
        ? oneOf(['', ' ', '\t'])
        : line(spelling, queries ? Math.floor(at / 7) : -1),
    );
    const expected = collector();
    const single = new LibsvmLine(expected, 't');
    for (const [at, text] of all.entries()) single.read(Buffer.from(text), at + 1);
    const found = await read(all.join(end === '' ? '\n' : end) + end);
    assert.deepEqual(content(found), content(expected.finish()));
  }
});

test('more short rows than there is room for, and a row longer than a piece', async () => {
  const long = Array.from({ length: 60_000 }, (_, key) => `${key}:1`).join(' ');
  const { matrix, labels } = await read(`${'1\n0\n'.repeat(30_000)}1 ${long}\n0 7:2\n`);
  assert.equal(matrix.rows, 60_002);
  assert.equal(matrix.columns, 60_000);
  assert.deepEqual(Array.from(labels.values.subarray(-3)), [0, 1, 0]);
  assert.equal(matrix.kind === 'sparse' && matrix.values.values.at(-1), 2);
});

test('a mistake is told with its line', async () => {
  const good = '1 0:1\n \n0 3:2.5\n'.repeat(3000);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['2 0:1', /line 9001: the label is 2/],
    ['1 0:1\n\n3:0.5 4:1', /line 9003: the label is 3/],
    ['1:-1 0:1', /line 9001: '-1' is not a weight/],
    ['1:1e60 0:1', /line 9001: '1e60' is not a weight/],
    ['1 0:1 x', /line 9001: 'x' is not of the form feature:value/],
    ['1 0:1 2:x', /line 9001: 'x' is not a number, where the value of a feature is expected/],
    ['1 0:1 2:', /line 9001: '' is not a number, where the value of a feature is expected/],
    ['1 0:1e39', /line 9001: feature 0 is 1e\+39, not a finite number/],
    ['1 2:1 2:2', /line 9001: feature 2 is given twice/],
    ['1 qid:2 0:1\n1 qid:1 0:1', /line 9002: qid 1 comes after qid 2/],
    ['1 2147483647:1', /line 9001: key 2147483647 is out of range/],
    ['1 12345678901234567890:1', /line 9001: key 12345678901234567000 is out of range/],
    ['nan 0:1', /line 9001: 'nan' is not a number, where the label is expected/],
    ['1e300 0:1', /line 9001: the label is Infinity, not a finite number/],
  ];
  for (const [text, message] of cases)
    await assert.rejects(read(`${good}${text}\n1 0:1\n`), { name: 'ClientError', message });
});
