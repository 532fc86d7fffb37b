import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { unpackArchive } from './unpack-archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'unpack-archive-'));
after(() => rmSync(folder, { recursive: true }));

const file = (name: string, body: Uint8Array) => ({ header: { name, size: body.length }, body });
const noise = Uint8Array.from({ length: 5000 }, (_, at) => (at * at) % 251);
const packed = await packTar([
  { header: { name: './', type: 'directory', size: 0 } },
  file('./model_algo-1', noise),
  file('empty', new Uint8Array()),
  { header: { name: 'link', type: 'symlink', linkname: 'empty', size: 0 } },
  file('folder/algorithm.json', Buffer.from('{}')),
]);
const path = join(folder, 'model.tar.gz');

test('files are put together from pieces of any size; folders and links are none', async () => {
  for (const archive of [packed, gzipSync(packed)]) {
    writeFileSync(path, archive);
    for (const chunkBytes of [7, 512, 1_000_000]) {
      const files = await unpackArchive(path, chunkBytes);
      assert.deepEqual([...files.keys()], ['model_algo-1', 'empty', 'folder/algorithm.json']);
      assert.deepEqual(files.get('model_algo-1'), noise);
      assert.deepEqual(files.get('folder/algorithm.json'), new Uint8Array(Buffer.from('{}')));
      assert.equal(files.get('empty')?.length, 0);
    }
  }
});

test('an archive that ends too early is refused, and one that is not there', async () => {
  writeFileSync(path, packed.subarray(0, 3000));
  await assert.rejects(unpackArchive(path), /model\.tar\.gz is damaged: its entry \.\/model_algo-1 ends too early/);
  writeFileSync(path, gzipSync(packed).subarray(0, 200));
  await assert.rejects(unpackArchive(path, 64), /model\.tar\.gz is damaged: unexpected end of file/);
  await assert.rejects(unpackArchive(join(folder, 'nothing')), { code: 'ENOENT' });
});
