import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { alone } from '../collective/collective.ts';
import { ClientError } from '../errors.ts';
import { type CheckpointOptions, openCheckpoints } from './checkpoints.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rung-checkpoints-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

const job = (path: string, hyperparameters: CheckpointOptions['hyperparameters'], algorithm = 'kmeans') =>
  openCheckpoints({ folder: path, algorithm, hyperparameters, collective: alone });

test('what was saved last comes back whole, also for a job that goes on longer', async (t) => {
  const path = await folder(t);
  const first = await job(path, { k: 5, epochs: 3 });
  assert.equal(await first.load(), undefined);
  await first.save(new Map([['a', Uint8Array.of(1, 2, 3)]]));
  const weights = new Uint8Array(Float64Array.of(0.1, -7).buffer);
  const files = new Map([
    ['weights', weights],
    ['empty', new Uint8Array()],
  ]);
  await first.save(files);
  assert.deepEqual(await readdir(path), ['checkpoint']);
  const second = await job(path, { k: 5, epochs: 30 });
  const loaded = await second.load(['epochs']);
  assert.deepEqual([...(loaded ?? [])], [...files]);
  assert.deepEqual(new Float64Array(loaded?.get('weights')?.buffer ?? new ArrayBuffer()), Float64Array.of(0.1, -7));
});

test('a checkpoint of another algorithm or with other hyperparameters is refused with the difference, a damaged one with its path', async (t) => {
  const path = await folder(t);
  await (await job(path, { k: 5 })).save(new Map([['a', Uint8Array.of(1)]]));
  await assert.rejects(
    (await job(path, { k: 6 })).load(),
    (error) => error instanceof ClientError && /saved with k=5, and the job has k=6/.test(error.message),
  );
  await assert.rejects((await job(path, { k: 5 }, 'pca')).load(), /one of kmeans, and the job trains pca/);
  const bytes = await readFile(join(path, 'checkpoint'));
  for (const broken of [bytes.subarray(0, 3), bytes.subarray(0, -1), bytes.with(bytes.length - 1, 9)]) {
    await writeFile(join(path, 'checkpoint'), broken);
    await assert.rejects((await job(path, { k: 5 })).load(), /checkpoint is damaged: remove it/);
  }
});

test('a job without a folder for them keeps none', async (t) => {
  const path = join(await folder(t), 'absent');
  const none = await job(path, {});
  await none.save(new Map([['a', Uint8Array.of(1)]]));
  assert.deepEqual([none.folder, await none.load()], [undefined, undefined]);
});
