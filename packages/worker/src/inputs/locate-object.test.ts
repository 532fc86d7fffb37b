import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { objectFile } from './locate-object.ts';

test('no key leads out of its bucket', () => {
  const root = mkdtempSync(join(tmpdir(), 'rung-locate-'));
  try {
    assert.equal(objectFile(root, 'b', 'a/b.csv'), join(root, 'b', 'a', 'b.csv'));
    for (const key of ['../keys.json', 'a/../../keys.json', '/etc/passwd', 'a//b', '.', '..'])
      assert.ok(objectFile(root, 'b', key).startsWith(join(root, '.rung', 'unnamed', 'b') + sep), key);
  } finally {
    rmSync(root, { recursive: true });
  }
});
