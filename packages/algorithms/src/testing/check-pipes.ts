/** Pipe mode: what comes through named pipes is learnt as from files. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import { assertSameModel, scraped, succeeded } from './outcomes.ts';
import { trainInFolder, type TrainingOutcome } from './training-folder.ts';

export interface PipedSample {
  readonly contentType: string;
  /** What comes through the pipe of each channel. */
  readonly channels: Readonly<Record<string, Uint8Array>>;
  /** A train channel with a mistake, and what is said of it. */
  readonly mistake: readonly [bytes: Uint8Array, message: RegExp];
}

export function checkPipes(
  algorithm: Algorithm,
  hyperparameters: Readonly<Record<string, string>>,
  { contentType, channels, mistake }: PipedSample,
): void {
  const train = (bytes: PipedSample['channels'], pipe: boolean): Promise<TrainingOutcome> => {
    const all = Object.entries(bytes).map(([name, own]) => [name, { contentType, pipe, files: { a: own } }] as const);
    return trainInFolder(algorithm, { hyperparameters, channels: Object.fromEntries(all), threads: 1 });
  };

  test(`${contentType} through pipes gives the model and the metrics of files, and a mistake in it is told`, async () => {
    const [files, pipes] = [await succeeded(train(channels, false)), await succeeded(train(channels, true))];
    assertSameModel(pipes.model, files.model, 'pipes');
    for (const { name } of algorithm.metrics)
      if (name !== 'train:throughput')
        assert.deepEqual(scraped(algorithm, name, pipes.log), scraped(algorithm, name, files.log), name);
    const { exitCode, failure } = await train({ ...channels, train: mistake[0] }, true);
    assert.equal(exitCode, 1);
    assert.match(failure, /^ClientError: file train_0, /);
    assert.match(failure, mistake[1]);
  });
}
