import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { trainProgram } from '../index.ts';
import { linearLearner } from './index.ts';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { csvFile } from '../testing/sample-files.ts';
import { layOut, trainInFolder } from '../testing/training-folder.ts';

test(
  'SIGTERM between two epochs over kept data is heard, and the model so far is saved',
  { timeout: 30_000 },
  async () => {
    const random = new Random(1);
    const features = Array.from({ length: 500 }, () => [random.normal(), random.normal()]);
    const labels = features.map(([a = 0, b = 0]) => (a > b ? 1 : 0));
    const base = await mkdtemp(join(tmpdir(), 'rung-train-'));
    try {
      const hyperparameters = {
        predictor_type: 'binary_classifier',
        epochs: '100000000',
        use_lr_scheduler: 'false',
        early_stopping_patience: '100000000',
      };
      const files = { 'a.csv': csvFile({ features, labels }) };
      await layOut(base, { hyperparameters, channels: { train: { contentType: 'text/csv', files } } });
      const child = spawn(process.execPath, [trainProgram, 'linear-learner'], {
        env: { ...process.env, SAGEMAKER_BASE_DIR: base, RUNG_THREADS: '1' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        if (line.includes('epoch=20,')) child.kill('SIGTERM');
      }
      assert.equal((await exit)[0], 0);
      const names = ['algorithm.json', 'model_algo-1', 'model_algo-1.json'];
      const model = await loadModel(
        new Map(
          await Promise.all(names.map(async (name) => [name, await readFile(join(base, 'model', name))] as const)),
        ),
      );
      const right = model.predict(features).filter((row, index) => row['predicted_label'] === labels[index]).length;
      assert.ok(right / features.length > 0.95, `${right} of ${features.length} are right`);
    } finally {
      await rm(base, { recursive: true });
    }
  },
);

test('a job that is stopped chooses its model and threshold by what it has seen, also beside a validation channel', async () => {
  const random = new Random(2);
  const features = Array.from({ length: 400 }, () => [random.normal(), random.normal()]);
  const labels = features.map(([a = 0, b = 0]) => (a + b + random.normal() > 1.5 ? 1 : 0));
  const channel = { contentType: 'text/csv', files: { 'a.csv': csvFile({ features, labels }) } };
  const { model, log } = await trainInFolder(linearLearner, {
    hyperparameters: {
      predictor_type: 'binary_classifier',
      binary_classifier_model_selection_criteria: 'f1',
      epochs: '1000',
      early_stopping_patience: '1000',
    },
    channels: { train: channel, validation: channel },
    threads: 1,
    stopAt: /epoch=5, train/,
  });
  assert.ok(!log.some((line) => line.includes('epoch=9,')), 'it stops');
  const predictions = (await loadModel(model)).predict(features);
  const found = predictions.filter((row) => row['predicted_label'] === 1).length;
  const right = predictions.filter((row, index) => row['predicted_label'] === 1 && labels[index] === 1).length;
  const positives = labels.filter((label) => label === 1).length;
  // With the threshold of a model that nobody judged, most of the few positives would be missed.
  assert.ok((2 * right) / (found + positives) > 0.7, `f1 ${(2 * right) / (found + positives)}`);
});
