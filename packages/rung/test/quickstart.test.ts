import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from './run-program.ts';

test('the quickstart trains, deploys and predicts well on patients it never saw', async () => {
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    [join(import.meta.dirname, '../bin/rung.js'), 'quickstart', '--json'],
    {},
  );
  assert.equal(code, 0, stderr);
  const { accuracy, heldOut, matrix } = JSON.parse(stdout) as { accuracy: number; heldOut: number; matrix: number[][] };
  assert.ok(accuracy > 0.95, `accuracy ${accuracy}`);
  assert.equal(
    matrix.flat().reduce((sum, count) => sum + count, 0),
    heldOut,
  );
});
