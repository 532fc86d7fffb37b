/** Data that is wrong, or hardly data: a clear client error, or a model; never a fault of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { csvFile, gzipped, recordioFile, type SampleRows } from './sample-files.ts';
import { trainInFolder, type TrainingOutcome } from './training-folder.ts';

const recordio = 'application/x-recordio-protobuf';

export function checkBadData(algorithm: Algorithm, sample: AlgorithmSample): void {
  const { rows, csvType } = sample;
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

  const refused: [string, () => Promise<TrainingOutcome>, RegExp][] = [
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
      'damaged gzip',
      () => train('a.csv.gz', gzipped(Buffer.from(csv)).subarray(0, -12)),
      /train\/a\.csv\.gz: gzip data is damaged/,
    ],
    ['an unknown content type', () => train('a.csv', Buffer.from(csv), 'text/plain'), /text\/plain is not supported/],
    ['a wrong label_size', () => train('a.csv', Buffer.from(csv), 'text/csv;label_size=x'), /label_size=x/],
    [
      'a wrong feature_dim',
      () =>
        train('a.csv', Buffer.from(csv), csvType, {
          ...sample.hyperparameters,
          feature_dim: String((rows.features[0]?.length ?? 0) + 3),
        }),
      /line 1: \d+ fields, expected \d+/,
    ],
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
          channels: { train: { contentType: csvType, files: { a: Buffer.from(csv) } }, tset: { files: {} } },
        }),
      /no channel 'tset'/,
    ],
  ];
  for (const [what, run, expected] of refused) {
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
      const { exitCode, failure } = await train('a.csv', csvFile(data));
      assert.ok(exitCode === 0 || failure.startsWith('ClientError: '), failure);
    });
  }
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
