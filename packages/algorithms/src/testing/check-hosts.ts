/** Jobs of several hosts, each with a part of the rows; or that they are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Algorithm } from '../algorithm.ts';
import type { AlgorithmSample } from './check-algorithm.ts';
import { assertSameModel } from './outcomes.ts';
import { partOf, sampleFormat } from './sample-files.ts';
import { trainOnHosts, type TrainingOutcome } from './training-folder.ts';

export function checkHosts(algorithm: Algorithm, sample: AlgorithmSample): void {
  const { contentType, file, encode } = sampleFormat(sample);
  const { rows, hyperparameters } = sample;
  const half = Math.floor(rows.features.length / 2);
  const train = (...parts: Uint8Array[]): Promise<TrainingOutcome[]> => {
    const channels = (bytes: Uint8Array) => ({ train: { contentType, files: { [file]: bytes } } });
    return trainOnHosts(
      algorithm,
      parts.map((bytes) => ({ hyperparameters, channels: channels(bytes), threads: 1 })),
    );
  };
  const halves = [encode(partOf(rows, 0, half)), encode(partOf(rows, half))];

  if (algorithm.maxInstances === 1) {
    test('more hosts than one are refused', async () => {
      for (const { failure } of await train(...halves))
        assert.match(failure, /^ClientError: .* trains on at most 1 instance, and the job has 2/);
    });
    return;
  }

  test('two hosts with a part of the rows each end with the same model', async () => {
    const [first, second] = await train(...halves);
    assert.deepEqual([first?.failure, second?.failure], ['', '']);
    assertSameModel(second?.model ?? new Map(), first?.model ?? new Map(), 'second host');
  });

  test('a host without rows ends the job on all hosts, and says so', async () => {
    const outcomes = await train(encode(rows), Buffer.alloc(0));
    assert.deepEqual(
      outcomes.map(({ exitCode }) => exitCode),
      [1, 1],
    );
    assert.match(outcomes[1]?.failure ?? '', /^ClientError: .*no rows/);
  });
}
