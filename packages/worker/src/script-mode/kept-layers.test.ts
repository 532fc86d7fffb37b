import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { withKeptLayers } from './kept-layers.ts';

function job(t: TestContext, warm: boolean): { baseDir: string; codeDir: string; environmentFolder: string } {
  const baseDir = mkdtempSync(join(tmpdir(), 'rung-layers-'));
  t.after(() => rmSync(baseDir, { recursive: true, force: true }));
  const codeDir = join(baseDir, 'code');
  mkdirSync(codeDir);
  if (warm) mkdirSync(join(baseDir, 'sagemaker/warmpoolcache'), { recursive: true });
  writeFileSync(join(codeDir, 'requirements.txt'), './mine.whl\n');
  return { baseDir, codeDir, environmentFolder: '/environments/scikit-learn-1' };
}

async function install(folder: string): Promise<string[]> {
  mkdirSync(join(folder, 'requirements'), { recursive: true });
  writeFileSync(join(folder, 'requirements/mine.py'), 'installed');
  return [join(folder, 'requirements')];
}

const notAgain = (): Promise<string[]> => Promise.reject(new Error('it was installed again'));

test('what one job installed the next one finds, wherever its folder is', async (t) => {
  const first = job(t, true);
  await withKeptLayers(first, '/nowhere', install);
  const second = job(t, false);
  mkdirSync(join(second.baseDir, 'sagemaker'));
  renameSync(join(first.baseDir, 'sagemaker/warmpoolcache'), join(second.baseDir, 'sagemaker/warmpoolcache'));
  const [layer = ''] = await withKeptLayers(second, '/nowhere', notAgain);
  assert.ok(layer.startsWith(second.baseDir));
  assert.equal(readFileSync(join(layer, 'mine.py'), 'utf8'), 'installed');
});

test('other code or another environment is installed anew', async (t) => {
  const place = job(t, true);
  await withKeptLayers(place, '/nowhere', install);
  await assert.rejects(withKeptLayers({ ...place, environmentFolder: '/environments/xgboost-1' }, '/', notAgain));
  writeFileSync(join(place.codeDir, 'train.py'), 'print()');
  await assert.rejects(withKeptLayers(place, '/', notAgain), /installed again/);
  // An installation that failed is not taken for one that was done.
  await withKeptLayers(place, '/nowhere', install);
});

test('without a warm pool everything goes into the job’s own folder', async (t) => {
  const place = job(t, false);
  const folder = join(place.baseDir, 'own');
  assert.deepEqual(await withKeptLayers(place, folder, install), [join(folder, 'requirements')]);
});
