/** Training from every format, through files and pipes; determinism, log lines, stopping and going on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import { loadModel } from '../load-model.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { checkPipes } from './check-pipes.ts';
import { assertLogged, assertSameModel, succeeded } from './outcomes.ts';
import { csvFile, gzipped, partOf, recordioFile, sampleFormat } from './sample-files.ts';
import { trainInFolder, type TrainingOutcome, type TrainingRun } from './training-folder.ts';

const recordio = 'application/x-recordio-protobuf';

export function checkTraining(algorithm: Algorithm, sample: AlgorithmSample): void {
  const { rows, csvType, hyperparameters } = sample;
  const train = (
    files: Record<string, Uint8Array>,
    contentType: string | undefined,
    more: Partial<TrainingRun> = {},
  ): Promise<TrainingOutcome> =>
    trainInFolder(algorithm, {
      hyperparameters,
      channels: { train: contentType === undefined ? { files } : { contentType, files } },
      threads: 1,
      ...more,
    });
  const { contentType, file, encode } = sampleFormat(sample);
  const whole = encode(rows);
  const files = { [file]: whole };
  /** By one thread from one file: what the others are compared with. */
  let expected: TrainingOutcome['model'] = new Map();

  test('trains, and the model has learnt what the data hold', async () => {
    expected = (await succeeded(train(files, contentType))).model;
    const model = await loadModel(expected);
    sample.checkQuality(model.predict(rows.features));
  });

  test('the same rows as CSV, gzip, two files, dense and sparse recordio give the same model', async () => {
    const half = Math.floor(rows.features.length / 2);
    const part = (from: number, to?: number): Buffer => encode(partOf(rows, from, to));
    const csv = csvFile(rows);
    const csvVariants: [Record<string, Uint8Array>, string | undefined][] = [
      [{ 'a.csv': Buffer.from(csv.toString().replaceAll('\n', '\r\n')) }, csvType],
      [{ 'a.csv': csv.subarray(0, -1) }, csvType],
    ];
    const variants: [Record<string, Uint8Array>, string | undefined][] = [
      ...(csvType === undefined ? [] : csvVariants),
      [{ [`${file}.gz`]: gzipped(whole) }, contentType],
      [{ [`1-${file}`]: part(0, half), [`2-${file}`]: part(half) }, contentType],
      [{ 'matrix_0.pbr': recordioFile(rows) }, recordio],
      [{ 'matrix_0.pbr': recordioFile(rows) }, undefined],
      [{ 'matrix_0.pbr': recordioFile(rows, true) }, recordio],
    ];
    for (const [variant, type] of variants) {
      const { model } = await succeeded(train(variant, type));
      assertSameModel(model, expected, Object.keys(variant).join());
    }
  });

  if (sample.deterministic !== false) {
    test('one seed gives one model for 1, 2 and 3 threads', async () => {
      const models = await Promise.all(
        [2, 3].map(async (threads) => (await succeeded(train(files, contentType, { threads }))).model),
      );
      for (const model of models) assertSameModel(model, expected, 'threads');
    });
  }

  const others = algorithm.channels.map(({ name }) => name).filter((name) => ['validation', 'test'].includes(name));
  const inAll = <T>(bytes: T): Record<string, T> =>
    Object.fromEntries(['train', ...others].map((name) => [name, bytes]));
  const records = recordioFile(rows);
  checkPipes(algorithm, hyperparameters, {
    contentType: recordio,
    channels: inAll(records),
    mistake: [records.subarray(0, -5), /offset \d+: the file ends inside a record/],
  });
  if (csvType !== undefined) {
    const csv = csvFile(rows);
    checkPipes(algorithm, hyperparameters, {
      contentType: csvType,
      channels: inAll(csv),
      mistake: [Buffer.concat([csv, Buffer.from('x'), csv]), /line \d+, column 1: 'x\S+' is not a number/],
    });
  }

  test('every log line that a metric is scraped from is found by its regex', async () => {
    const channels = inAll({ contentType, files });
    const { log } = await succeeded(trainInFolder(algorithm, { hyperparameters, channels, threads: 1 }));
    assertLogged(algorithm, sample.metrics, log);
    const summary = log.find((line) => line.startsWith('#metrics '));
    assert.ok(summary !== undefined && typeof JSON.parse(summary.slice(9)) === 'object');
  });

  test('a job that is stopped at once ends well', async () => {
    const outcome = await train(files, contentType, { stopped: true });
    assert.equal(outcome.exitCode, 0, outcome.failure);
  });

  const { interruptAt } = sample;
  if (interruptAt !== undefined)
    test('a job that is interrupted and goes on gives the model of one that was not', async () => {
      const stopped = await succeeded(train(files, contentType, { checkpoints: new Map(), stopAt: interruptAt }));
      assert.ok(stopped.checkpoints.size > 0, 'there is a checkpoint');
      const resumed = await succeeded(train(files, contentType, { checkpoints: stopped.checkpoints, threads: 2 }));
      assert.ok(!resumed.log.some((line) => interruptAt.test(line)), 'what was done is not done again');
      assertSameModel(resumed.model, expected, 'resumed');
    });
}
