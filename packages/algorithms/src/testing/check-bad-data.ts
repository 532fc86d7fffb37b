/** Data that is wrong, or hardly data: a clear client error, or a model; never a fault of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { encodeRecord } from '../formats/record-writer.ts';
import { csvFile, gzipped, recordioFile, sampleFormat, type SampleRows } from './sample-files.ts';
import { trainInFolder, type TrainingOutcome } from './training-folder.ts';

const recordio = 'application/x-recordio-protobuf';

export function checkBadData(algorithm: Algorithm, sample: AlgorithmSample): void {
  const { rows } = sample;
  const csvType = sample.csvType ?? 'text/csv';
  const main = sampleFormat(sample);
  const train = (
    name: string,
    bytes: Uint8Array,
    contentType: string = csvType,
    hyperparameters = sample.hyperparameters,
  ): Promise<TrainingOutcome> =>
    trainInFolder(algorithm, { hyperparameters, channels: { train: { contentType, files: { [name]: bytes } } } });
  const csv = csvFile(rows).toString();
  const lines = csv.split('\n');
  const withLine = (index: number, line: string): Buffer => Buffer.from(lines.with(index, line).join('\n'));
  const records = recordioFile(rows);

  const wider = { ...sample.hyperparameters, feature_dim: String((rows.features[0]?.length ?? 0) + 3) };
  const withRecord = (values: readonly number[], keys: readonly number[]): Buffer =>
    Buffer.concat([records, sparseRecord(values, keys, rows)]);

  const refusedCsv: [string, () => Promise<TrainingOutcome>, RegExp][] = [
    ['an empty file', () => train('a.csv', Buffer.alloc(0)), /no rows/],
    ['blank lines only', () => train('a.csv', Buffer.from('\n\n\n')), /no rows/],
    [
      'a header',
      () => train('a.csv', Buffer.from(`${headerOf(lines[0] ?? '')}\n${csv}`)),
      /train\/a\.csv, line 1, column 1: '\w+' is not a number.*header/,
    ],
    [
      'text in a number',
      () => train('a.csv', withLine(6, `${lines[6]}x`)),
      /train\/a\.csv, line 7, column \d+: '.*x' is not a number/,
    ],
    [
      'a NaN',
      () => train('a.csv', withLine(3, (lines[3] ?? '').replace(/,[^,]*$/, ',NaN'))),
      /line 4, column \d+: 'NaN' is not a finite number/,
    ],
    [
      'an empty field',
      () => train('a.csv', withLine(3, (lines[3] ?? '').replace(/,[^,]*$/, ','))),
      /line 4, column \d+: the field is empty/,
    ],
    [
      'a line with a field too many',
      () => train('a.csv', withLine(9, `${lines[9]},1`)),
      /line 10: \d+ fields, expected \d+/,
    ],
    [
      'a line with a field too few',
      () => train('a.csv', withLine(9, (lines[9] ?? '').replace(/,[^,]*$/, ''))),
      /line 10: \d+ fields?, expected \d+/,
    ],
    [
      'a number out of range',
      () => train('a.csv', withLine(2, (lines[2] ?? '').replace(/,[^,]*$/, ',1e99'))),
      /line 3, column \d+: '1e99' is out of range/,
    ],
    [
      'damaged gzip',
      () => train('a.csv.gz', gzipped(Buffer.from(csv)).subarray(0, -12)),
      /train\/a\.csv\.gz: gzip data is damaged/,
    ],
    ['a wrong label_size', () => train('a.csv', Buffer.from(csv), 'text/csv;label_size=x'), /label_size=x/],
    ['a wrong feature_dim', () => train('a.csv', Buffer.from(csv), csvType, wider), /line 1: \d+ fields, expected \d+/],
  ];

  const refused: [string, () => Promise<TrainingOutcome>, RegExp][] = [
    ...(sample.csvType === undefined ? [] : refusedCsv),
    ['an empty record file', () => train('a.pbr', Buffer.alloc(0), recordio), /no rows/],
    [
      'a wrong feature_dim for records',
      () => train('a.pbr', records, recordio, wider),
      /train\/a\.pbr, record 1 \(offset 0\): \d+ features, expected \d+/,
    ],
    [
      'a NaN in a record',
      () => train('a.pbr', withRecord([Number.NaN], [1]), recordio),
      /feature 1 is NaN, not a finite/,
    ],
    [
      'a huge key in a record',
      () => train('a.pbr', withRecord([1], [2 ** 40]), recordio),
      /record \d+ \(offset \d+\): key 1099511627776 is out of range/,
    ],
    ['a negative key in a record', () => train('a.pbr', withRecord([1], [-3]), recordio), /key .* is out of range/],
    [
      'a truncated record file',
      () => train('a.pbr', records.subarray(0, -5), recordio),
      /train\/a\.pbr, offset \d+: the file ends inside a record/,
    ],
    [
      'a record file that is something else',
      () => train('a.pbr', Buffer.from(csv), recordio),
      /train\/a\.pbr, offset 0: not a RecordIO record/,
    ],
    [
      'a record file damaged in the middle',
      () => train('a.pbr', damaged(records), recordio),
      /train\/a\.pbr, (record \d+ \()?offset \d+/,
    ],
    [
      'damaged gzip of records',
      () => train('a.pbr.gz', gzipped(records).subarray(0, -12), recordio),
      /train\/a\.pbr\.gz: gzip data is damaged/,
    ],
    ['an unknown content type', () => train('a.csv', Buffer.from(csv), 'text/plain'), /text\/plain is not supported/],
    [
      'no file',
      () => trainInFolder(algorithm, { hyperparameters: sample.hyperparameters, channels: { train: { files: {} } } }),
      /channel train has no data/,
    ],
    [
      'no train channel',
      () => trainInFolder(algorithm, { hyperparameters: sample.hyperparameters, channels: {} }),
      /channel 'train' is required/,
    ],
    [
      'an unknown channel',
      () =>
        trainInFolder(algorithm, {
          hyperparameters: sample.hyperparameters,
          channels: { train: { contentType: main.contentType, files: { a: main.encode(rows) } }, tset: { files: {} } },
        }),
      /no channel 'tset'/,
    ],
  ];
  const aboutMissing = /NaN|empty field|out of range$/;
  for (const [what, run, expected] of refused) {
    if (sample.missingValues === true && aboutMissing.test(what)) continue;
    if (what.includes('feature_dim') && algorithm.hyperparameters['feature_dim'] === undefined) continue;
    test(`${what} is a client error that says where`, async () => {
      const { exitCode, failure, log } = await run();
      assert.equal(exitCode, 1);
      assert.match(failure, /^ClientError: /);
      assert.match(failure, expected);
      assert.ok(!log.some((line) => line.includes('    at ')), 'no stack is printed');
    });
  }

  const odd: [string, SampleRows][] = [
    ['one row', firstRows(rows, 1)],
    ['two rows', firstRows(rows, 2)],
    ['a constant column', { ...rows, features: rows.features.map((row) => row.with(0, 1.5)) }],
    ['rows that are all equal', { ...rows, features: rows.features.map(() => rows.features[0] ?? []) }],
    [
      'huge and tiny numbers',
      { ...rows, features: rows.features.map((row, index) => row.with(0, index % 2 === 0 ? 1e15 : 1e-15)) },
    ],
  ];
  for (const [what, data] of odd) {
    test(`${what}: a model, or a client error`, async () => {
      const { exitCode, failure } = await train(main.file, main.encode(data), main.contentType);
      assert.ok(exitCode === 0 || failure.startsWith('ClientError: '), failure);
    });
  }
}

function sparseRecord(
  values: readonly number[],
  keys: readonly number[],
  { features, labels }: SampleRows,
): Uint8Array {
  const dense = (numbers: readonly number[]) =>
    ({ type: 'float32', values: Float32Array.from(numbers), keys: new Float64Array(0), shape: [] }) as const;
  const shape = [features[0]?.length ?? 0];
  return encodeRecord({
    features: { values: { ...dense(values), keys: Float64Array.from(keys), shape } },
    label: labels === undefined ? {} : { values: dense([labels[0] ?? 0]) },
  });
}

function firstRows({ features, labels }: SampleRows, count: number): SampleRows {
  return { features: features.slice(0, count), labels: labels?.slice(0, count) };
}

function headerOf(line: string): string {
  return line
    .split(',')
    .map((_, column) => `name${column}`)
    .join(',');
}

function damaged(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy.fill(0xff, Math.floor(file.length / 2), Math.floor(file.length / 2) + 24);
  return copy;
}
