import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readLarge, writeParts } from './large-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'large-files-'));
after(() => rmSync(folder, { recursive: true }));

test('parts are written one after another, and read as one file, a few bytes at a time', async () => {
  const path = join(folder, 'file');
  const parts = [0, 7, 1, 64, 0, 130].map((length, part) => Uint8Array.from({ length }, (_, at) => part * 50 + at));
  // Kernel memory is shared: parts may lie there.
  const shared = new Uint8Array(new SharedArrayBuffer(40), 3, 33).fill(9);
  for (const pieceBytes of [1, 64, 1000]) {
    await writeParts(path, [...parts, shared], { pieceBytes, isDurable: pieceBytes === 64 });
    assert.deepEqual(await readLarge(path, pieceBytes), new Uint8Array(Buffer.concat([...parts, shared])));
  }
  await writeParts(path, []);
  assert.equal((await readLarge(path)).length, 0);
});
