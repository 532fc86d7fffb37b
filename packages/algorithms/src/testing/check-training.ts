/** Training from every format, determinism, log lines, stopping. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import { loadModel } from '../load-model.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { csvFile, gzipped, recordioFile, sampleFormat } from './sample-files.ts';
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
      ...more,
    });
  const { contentType, file, encode } = sampleFormat(sample);
  const whole = encode(rows);
  const files = { [file]: whole };

  test('trains, and the model has learnt what the data hold', async () => {
    const outcome = await succeeded(train(files, contentType));
    const model = await loadModel(outcome.model);
    sample.checkQuality(model.predict(rows.features));
  });

  test('the same rows as CSV, gzip, two files, dense and sparse recordio give the same model', async () => {
    const expected = (await succeeded(train(files, contentType))).model;
    const half = Math.floor(rows.features.length / 2);
    const part = (from: number, to?: number): Buffer =>
      encode({ features: rows.features.slice(from, to), labels: rows.labels?.slice(from, to) });
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
        [1, 2, 3].map(async (threads) => (await succeeded(train(files, contentType, { threads }))).model),
      );
      for (const model of models) assertSameModel(model, models[0] ?? new Map(), 'threads');
    });
  }

  test('every log line that a metric is scraped from is found by its regex', async () => {
    const names = algorithm.channels
      .map((channel) => channel.name)
      .filter((name) => ['train', 'validation', 'test'].includes(name));
    const channels = Object.fromEntries(names.map((name) => [name, { contentType, files }]));
    const { log } = await succeeded(trainInFolder(algorithm, { hyperparameters, channels }));
    for (const name of [...sample.metrics, 'train:progress', 'train:throughput']) {
      const metric = algorithm.metrics.find((candidate) => candidate.name === name);
      assert.ok(metric !== undefined, `metric ${name} is declared`);
      const values = log.flatMap((line) => new RegExp(metric.regex).exec(line)?.[1] ?? []);
      assert.ok(
        values.length > 0 && values.every((value) => Number.isFinite(Number(value))),
        `${name}: ${log.join('\n')}`,
      );
    }
    const summary = log.find((line) => line.startsWith('#metrics '));
    assert.ok(summary !== undefined && typeof JSON.parse(summary.slice(9)) === 'object');
  });

  test('a job that is stopped at once ends well', async () => {
    const outcome = await train(files, contentType, { stopped: true });
    assert.equal(outcome.exitCode, 0, outcome.failure);
  });
}

export async function succeeded(running: Promise<TrainingOutcome>): Promise<TrainingOutcome> {
  const outcome = await running;
  assert.equal(outcome.exitCode, 0, `${outcome.failure}\n${outcome.log.join('\n')}`);
  assert.ok(outcome.model.size > 0, 'there is a model');
  return outcome;
}

function assertSameModel(actual: TrainingOutcome['model'], expected: TrainingOutcome['model'], what: string): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...expected.keys()].toSorted(), what);
  for (const [file, bytes] of expected)
    assert.ok(Buffer.from(bytes).equals(actual.get(file) ?? new Uint8Array()), `${what}: ${file} differs`);
}
