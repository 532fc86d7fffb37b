import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { trainProgram } from '../index.ts';
import { loadModel } from '../load-model.ts';
import { Random } from '../random.ts';
import { csvFile } from '../testing/sample-files.ts';
import { layOut } from '../testing/training-folder.ts';

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
