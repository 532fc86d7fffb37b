/** Data that is wrong, or hardly data: a clear client error, or a model; never a fault of ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import { badCsvFiles, badRecordFiles } from './bad-files.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { csvFile, partOf, recordioFile, sampleFormat, type SampleRows } from './sample-files.ts';
import { trainInFolder, type ChannelFiles, type TrainingOutcome } from './training-folder.ts';

const recordio = 'application/x-recordio-protobuf';

export function checkBadData(algorithm: Algorithm, sample: AlgorithmSample): void {
  const { rows, csvType } = sample;
  const main = sampleFormat(sample);
  const good = { contentType: main.contentType, files: { [main.file]: main.encode(rows) } };
  const run = (
    channels: Readonly<Record<string, ChannelFiles>>,
    hyperparameters = sample.hyperparameters,
  ): Promise<TrainingOutcome> => trainInFolder(algorithm, { hyperparameters, channels, threads: 1 });
  const train = (file: string, bytes: Uint8Array, contentType: string): Promise<TrainingOutcome> =>
    run({ train: { contentType, files: { [file]: bytes } } });

  const bad = [
    ...(csvType === undefined ? [] : badCsvFiles(sample).map((file) => ({ ...file, contentType: csvType }))),
    ...badRecordFiles(sample).map((file) => ({ ...file, contentType: recordio })),
  ].filter(({ isMissing }) => isMissing !== true || sample.missingValues !== true);
  const refused: (readonly [string, () => Promise<TrainingOutcome>, RegExp])[] = [
    ...bad.map(
      ({ what, file, bytes, contentType, message }) => [what, () => train(file, bytes, contentType), message] as const,
    ),
    ...wrongJobs(),
  ];
  for (const [what, start, expected] of refused) {
    test(`${what} is a client error that says where`, async () => {
      const { exitCode, failure, log } = await start();
      assert.equal(exitCode, 1);
      assert.match(failure, /^ClientError: /);
      assert.match(failure, expected);
      assert.ok(!log.some((line) => line.includes('    at ')), 'no stack is printed');
    });
  }

  function wrongJobs(): [string, () => Promise<TrainingOutcome>, RegExp][] {
    const mistake = { contentType: recordio, files: { 'b.pbr': recordioFile(rows).subarray(0, -5) } };
    const second = algorithm.channels.find(({ name }) => name === 'test' || name === 'validation')?.name ?? 'test';
    const jobs: [string, () => Promise<TrainingOutcome>, RegExp][] = [
      [
        'a mistake in the second file',
        () => run({ train: { ...mistake, files: { 'a.pbr': recordioFile(rows), ...mistake.files } } }),
        /train\/b\.pbr, offset \d+: /,
      ],
      [
        `a mistake in the ${second} channel`,
        () => run({ train: good, [second]: mistake }),
        new RegExp(`${second}/b\\.pbr, offset \\d+: `),
      ],
      [
        'an unknown content type',
        () => train('a.csv', csvFile(rows), 'text/plain'),
        /content type text\/plain is not supported/,
      ],
      ['no file', () => run({ train: { files: {} } }), /channel train has no data/],
      ['no train channel', () => run({}), /channel 'train' is required/],
      ['an unknown channel', () => run({ train: good, tset: { files: {} } }), /no channel 'tset'/],
    ];
    if (csvType === undefined)
      jobs.push(['CSV', () => train('a.csv', csvFile(rows), 'text/csv'), /content type text\/csv is not supported/]);
    else
      jobs.push([
        'a wrong label_size',
        () => train('a.csv', csvFile(rows), 'text/csv;label_size=x'),
        /label_size=x in the content type is not valid/,
      ]);
    if (algorithm.hyperparameters['feature_dim'] === undefined) return jobs;
    const wider = { ...sample.hyperparameters, feature_dim: String((rows.features[0]?.length ?? 0) + 3) };
    const records = { contentType: recordio, files: { 'a.pbr': recordioFile(rows) } };
    jobs.push([
      'a wrong feature_dim for records',
      () => run({ train: records }, wider),
      /train\/a\.pbr, record 1 \(offset 0\): \d+ features, expected \d+/,
    ]);
    if (csvType !== undefined)
      jobs.push(['a wrong feature_dim', () => run({ train: good }, wider), /line 1: \d+ fields, expected \d+/]);
    return jobs;
  }

  const odd: [string, SampleRows][] = [
    ['one row', partOf(rows, 0, 1)],
    ['two rows', partOf(rows, 0, 2)],
    ['a constant column', { ...rows, features: rows.features.map((row) => row.with(0, 1.5)) }],
    ['rows that are all equal', { ...rows, features: rows.features.map(() => rows.features[0] ?? []) }],
    ['rows of zeros', { ...rows, features: rows.features.map((row) => row.map(() => 0)) }],
    [
      'huge and tiny numbers',
      { ...rows, features: rows.features.map((row, index) => row.with(0, index % 2 === 0 ? 1e15 : 1e-15)) },
    ],
  ];
  const { labels } = rows;
  if (labels !== undefined) odd.push(['one class', { ...rows, labels: labels.map(() => labels[0] ?? 0) }]);
  for (const [what, data] of odd) {
    test(`${what}: a model, or a client error`, async () => {
      const { exitCode, failure } = await train(main.file, main.encode(data), main.contentType);
      assert.ok(exitCode === 0 || failure.startsWith('ClientError: '), failure);
    });
  }
}
