import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exampleNames, loadExample } from '../src/quickstart/examples.ts';
import { runProgram } from './run-program.ts';

const quickstart = (...argv: string[]) =>
  runProgram(process.execPath, [join(import.meta.dirname, '../bin/rung.js'), 'quickstart', ...argv], {});

test('the quickstart trains, deploys and predicts well on patients it never saw', async () => {
  const { code, stdout, stderr } = await quickstart('--json');
  assert.equal(code, 0, stderr);
  const { accuracy, heldOut, matrix } = JSON.parse(stdout) as { accuracy: number; heldOut: number; matrix: number[][] };
  assert.ok(accuracy > 0.95, `accuracy ${accuracy}`);
  assert.equal(
    matrix.flat().reduce((sum, count) => sum + count, 0),
    heldOut,
  );
});

for (const name of exampleNames.filter((candidate) => candidate !== 'linear-learner')) {
  test(`the quickstart of ${name} learns what its data hold, and draws its picture if it has one`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'rung-quickstart-'));
    t.after(() => rm(folder, { recursive: true }));
    const picture = join(folder, 'picture.svg');
    const { draws } = await loadExample(name);
    const { code, stdout, stderr } = await quickstart(name, '--json', ...(draws ? ['--picture', picture] : []));
    assert.equal(code, 0, stderr);
    const { algorithm, quality } = JSON.parse(stdout) as { algorithm: string; quality: number };
    assert.equal(algorithm, name);
    assert.ok(quality > 0.9, `quality ${quality}`);
    if (draws) assert.match(await readFile(picture, 'utf8'), /^<svg /);
  });
}

test('an algorithm without an example is named, with those that have one', async () => {
  const { code, stderr } = await quickstart('kmens');
  assert.notEqual(code, 0);
  assert.match(stderr, /There is no quickstart 'kmens'\. There are: linear-learner, kmeans/);
});
