/** Files that pyarrow writes, in the compressions that are common. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPythonEnvironment } from '../../../../tools/python-environment.ts';
import { trainInFolder, type TrainingOutcome } from '../testing/training-folder.ts';
import { xgboost } from './index.ts';

const environment = findPythonEnvironment('peers');
const skip = 'missing' in environment ? environment.missing : false;
const codecs = ['snappy', 'gzip', 'zstd'];

const program = `
import sys
import numpy, pandas
random = numpy.random.default_rng(3)
x = numpy.round(random.normal(size=(300, 3)), 1)
table = pandas.DataFrame({'y': numpy.round(x[:, 0] * x[:, 1], 2), 'a': x[:, 0].astype('float32'), 'b': x[:, 1], 'c': (x[:, 2] * 10).astype('int64')})
table.loc[::7, 'a'] = None
table.to_csv(sys.argv[1] + '/rows.csv', header=False, index=False)
for codec in sys.argv[2:]:
    table.to_parquet(f'{sys.argv[1]}/{codec}.parquet', index=False, compression=None if codec == 'none' else codec, row_group_size=100)
table.assign(label_upper_bound=1.0).to_parquet(sys.argv[1] + '/bounds.parquet', index=False)
table.assign(d='text').to_parquet(sys.argv[1] + '/text.parquet', index=False)
`;

test('parquet gives the model of the same rows as CSV', { skip }, async () => {
  assert.ok('bin' in environment);
  const folder = mkdtempSync(join(tmpdir(), 'rung-parquet-'));
  try {
    execFileSync(join(environment.bin, 'python'), ['-W', 'ignore', '-c', program, folder, ...codecs]);
    const train = (
      file: string,
      contentType?: string,
      bytes = readFileSync(join(folder, file)),
    ): Promise<TrainingOutcome> =>
      trainInFolder(xgboost, {
        hyperparameters: { num_round: '3' },
        channels: {
          train: {
            ...(contentType === undefined ? {} : { contentType }),
            files: { a: bytes },
          },
        },
        threads: 1,
      });
    const model = async (file: string, contentType?: string): Promise<Buffer> => {
      const outcome = await train(file, contentType);
      assert.equal(outcome.exitCode, 0, outcome.failure);
      return Buffer.from(outcome.model.get('xgboost-model') ?? []);
    };
    const expected = await model('rows.csv', 'text/csv');
    for (const codec of codecs)
      assert.ok((await model(`${codec}.parquet`, 'application/x-parquet')).equals(expected), codec);
    assert.ok((await model('snappy.parquet')).equals(expected));
    assert.match(
      (await train('text.parquet', 'parquet')).failure,
      /^ClientError: file train\/a, row 1, column d: "text" is not a number/,
    );
    assert.match(
      (await train('bounds.parquet', 'parquet')).failure,
      /^ClientError: file train\/a: column label_upper_bound is a bound of survival times/,
    );
    for (const codec of ['gzip', 'zstd']) {
      const file = `${codec}.parquet`;
      const bytes = readFileSync(join(folder, file));
      bytes.fill(0xff, 1000, 1100);
      assert.match((await train(file, 'parquet', bytes)).failure, /^ClientError: file train\/a is damaged: /, codec);
    }
    assert.match((await train('rows.csv', 'parquet')).failure, /^ClientError: file train\/a is not a parquet file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
