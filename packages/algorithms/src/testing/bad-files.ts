/** Files with a mistake in them, and what must be said of it. */
import { encodeRecord } from '../formats/record-writer.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { csvFile, gzipped, recordioFile } from './sample-files.ts';

export interface BadFile {
  readonly what: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly message: RegExp;
  /** The mistake is a value that some algorithms take for one that is missing. */
  readonly isMissing?: boolean;
}

type Mistake = readonly [what: string, bytes: Uint8Array | string, message: RegExp];

export function badCsvFiles({ rows, wrongLabel }: AlgorithmSample): BadFile[] {
  const csv = csvFile(rows).toString();
  const lines = csv.split('\n');
  const withLine = (number: number, change: (line: string) => string): string =>
    lines.with(number - 1, change(lines[number - 1] ?? '')).join('\n');
  const withLast = (number: number, field: string): string => withLine(number, (line) => line.replace(/[^,]*$/, field));
  const withFirst = (number: number, field: string): string =>
    withLine(number, (line) => line.replace(/^[^,]*/, field));
  const header = (lines[0] ?? '')
    .split(',')
    .map((_, column) => `name${column}`)
    .join();
  const mistakes: Mistake[] = [
    ['an empty file', '', /no rows/],
    ['blank lines only', '\n\n\n', /no rows/],
    ['a header', `${header}\n${csv}`, /train\/a\.csv, line 1, column 1: '\w+' is not a number.*header/],
    ['text in a number', withLine(7, (line) => `${line}x`), /train\/a\.csv, line 7, column \d+: '.*x' is not a number/],
    ['an infinite number', withLast(4, '-inf'), /csv, line 4, column \d+: '-inf' is not a finite number/],
    ['a number out of range', withLast(3, '1e99'), /csv, line 3, column \d+: '1e99' is out of range/],
    ['a line with a field too many', withLine(10, (line) => `${line},1`), /csv, line 10: \d+ fields, expected \d+/],
    [
      'a line with a field too few',
      withLine(10, (line) => line.replace(/,[^,]*$/, '')),
      /csv, line 10: \d+ fields?, expected \d+/,
    ],
  ];
  const missing: Mistake[] = [
    ['a NaN', withLast(4, 'NaN'), /csv, line 4, column \d+: 'NaN' is not a finite number/],
    ['an empty field', withLast(4, ''), /csv, line 4, column \d+: the field is empty/],
  ];
  if (wrongLabel !== undefined) {
    const message = new RegExp(`csv, line 5, column 1: .*label .*${wrongLabel}`);
    mistakes.push(
      ['a label out of range', withFirst(5, String(wrongLabel)), message],
      ['a label that is NaN', withFirst(5, 'nan'), /csv, line 5, column 1: .*nan'?(, | is )not a finite number/i],
    );
  }
  const damaged = gzipped(Buffer.from(csv)).subarray(0, -12);
  return [
    ...named('a.csv', mistakes),
    ...named('a.csv', missing).map((bad) => ({ ...bad, isMissing: true })),
    ...named('a.csv.gz', [['damaged gzip', damaged, /train\/a\.csv\.gz: gzip data is damaged/]]),
  ];
}

export function badRecordFiles({ rows, wrongLabel }: AlgorithmSample): BadFile[] {
  const { features, labels } = rows;
  const width = features[0]?.length ?? 0;
  const records = recordioFile(rows);
  /** The wrong one stands in the middle. */
  const place = `a\\.pbr, record ${features.length + 1} \\(offset ${records.length}\\)`;
  const saying = (text: string): RegExp => new RegExp(`${place}:? ${text}`);
  const withRecord = (
    values: readonly number[],
    more: { keys?: readonly number[]; label?: readonly number[] },
  ): Buffer => Buffer.concat([records, oneRecord(values, { label: [labels?.[0] ?? 0], ...more }, width), records]);
  const dense = features[0] ?? [];
  const mistakes: Mistake[] = [
    ['an empty record file', '', /no rows/],
    ['a record of another width', withRecord([...dense, 1], {}), saying(`${width + 1} features, expected ${width}`)],
    ['a huge key in a record', withRecord([1], { keys: [2 ** 40] }), saying('key 1099511627776 is out of range')],
    ['a negative key in a record', withRecord([1], { keys: [-3] }), saying('key .* is out of range')],
    ['a key without a value', withRecord([1], { keys: [0, 1] }), saying('2 keys for 1 values')],
    [
      'an infinite number in a record',
      withRecord(dense.with(2, Number.NEGATIVE_INFINITY), {}),
      saying('feature 2 .*-Infinity, (not a|or too large)'),
    ],
    ['a truncated record file', records.subarray(0, -5), /train\/a\.pbr, offset \d+: the file ends inside a record/],
    ['a file that holds no records', csvFile(rows), /train\/a\.pbr, offset 0: not a RecordIO record/],
    ['a record file damaged in the middle', damaged(records), /train\/a\.pbr, (record \d+ \()?offset \d+/],
  ];
  const missing: Mistake[] = [
    ['a NaN in a record', withRecord([Number.NaN], { keys: [1] }), saying('feature 1 is NaN, not a finite')],
  ];
  if (wrongLabel !== undefined) {
    mistakes.push(
      [
        'a label out of range in a record',
        withRecord(dense, { label: [wrongLabel] }),
        saying(`.*label .*${wrongLabel}`),
      ],
      ['a record without a label', withRecord(dense, { label: [] }), saying('has no label')],
    );
  }
  return [
    ...named('a.pbr', mistakes),
    ...named('a.pbr', missing).map((bad) => ({ ...bad, isMissing: true })),
    ...named('a.pbr.gz', [
      ['damaged gzip of records', gzipped(records).subarray(0, -12), /train\/a\.pbr\.gz: gzip data is damaged/],
    ]),
  ];
}

function named(file: string, mistakes: readonly Mistake[]): BadFile[] {
  return mistakes.map(([what, bytes, message]) => ({ what, file, bytes: Buffer.from(bytes), message }));
}

function oneRecord(
  values: readonly number[],
  { keys = [], label }: { readonly keys?: readonly number[]; readonly label: readonly number[] },
  width: number,
): Uint8Array {
  const tensor = (numbers: readonly number[]) =>
    ({ type: 'float32', values: Float32Array.from(numbers), keys: new Float64Array(0), shape: [] }) as const;
  const shape = keys.length === 0 ? [] : [width];
  return encodeRecord({
    features: { values: { ...tensor(values), keys: Float64Array.from(keys), shape } },
    label: label.length === 0 ? {} : { values: tensor(label) },
  });
}

function damaged(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy.fill(0xff, Math.floor(file.length / 2), Math.floor(file.length / 2) + 24);
  return copy;
}
