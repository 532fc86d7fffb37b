import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { bucket, read, refused } from '../testing/fixture.ts';
import { oddKeys } from '../testing/odd-keys.ts';
import { FileObjectStore } from './file-object-store.ts';

describe('the folders of FileObjectStore', () => {
  test('hold objects under their own names, and nothing else beside the hidden one', async (t) => {
    const { store, root } = await place(t);
    await store.put(bucket, 'models/first run/model.tar.gz', Buffer.from('bytes'));
    assert.equal(readFileSync(join(root, bucket, 'models', 'first run', 'model.tar.gz'), 'utf8'), 'bytes');
    assert.deepEqual(readdirSync(root).toSorted(), ['.rung', bucket]);
    await store.delete(bucket, 'models/first run/model.tar.gz');
    assert.deepEqual(readdirSync(join(root, bucket)), []);
  });

  test('hold what was put first where a key is also the folder of another', async (t) => {
    const { store, root } = await place(t);
    await store.put(bucket, 'a', Buffer.from('file'));
    await store.put(bucket, 'a/b', Buffer.from('below'));
    assert.equal(readFileSync(join(root, bucket, 'a'), 'utf8'), 'file');
    await store.put(bucket, 'a', Buffer.from('file again'));
    assert.equal(readFileSync(join(root, bucket, 'a'), 'utf8'), 'file again');
    await store.delete(bucket, 'a');
    assert.equal((await read(store, 'a/b')).toString(), 'below');
    await store.put(bucket, 'a/c', Buffer.from('beside'));
    assert.equal(readFileSync(join(root, bucket, 'a', 'c'), 'utf8'), 'beside');
  });

  test('are never left, whatever the key', async (t) => {
    const { store, root, outside } = await place(t);
    for (const key of oddKeys) await store.put(bucket, key, Buffer.from('x'));
    assert.deepEqual(readdirSync(outside), ['objects']);
    assert.deepEqual(readdirSync(root).toSorted(), ['.rung', bucket]);
    assert.deepEqual(
      readdirSync(join(root, '.rung'))
        .filter((name) => !name.startsWith('index.sqlite'))
        .toSorted(),
      ['drafts', 'reserve', 'unnamed', 'uploads'],
    );
  });

  test('are never left through a link that somebody put there', async (t) => {
    const { store, root, outside } = await place(t);
    mkdirSync(join(outside, 'secret'));
    symlinkSync(join(outside, 'secret'), join(root, bucket, 'way-out'));
    await store.put(bucket, 'way-out/x', Buffer.from('x'));
    await store.put(bucket, 'way-out', Buffer.from('y'));
    assert.deepEqual(readdirSync(join(outside, 'secret')), []);
    assert.deepEqual(
      [(await read(store, 'way-out/x')).toString(), (await read(store, 'way-out')).toString()],
      ['x', 'y'],
    );
  });

  test('show files that another program edited as they are now, and miss those that it removed', async (t) => {
    const { store, root } = await place(t);
    const before = await store.put(bucket, 'edited', Buffer.from('before'), {
      metadata: { a: '1' },
      checksum: { algorithm: 'CRC32' },
    });
    writeFileSync(join(root, bucket, 'edited'), 'after the edit');
    const head = await store.head(bucket, 'edited');
    assert.deepEqual([head.size, head.metadata, head.checksum], [14, { a: '1' }, undefined]);
    assert.notEqual(head.etag, before.etag);
    assert.equal((await read(store, 'edited')).toString(), 'after the edit');
    rmSync(join(root, bucket, 'edited'));
    await refused(store.head(bucket, 'edited'), 'NoSuchKey');
    assert.deepEqual((await store.list(bucket, {})).objects, []);
  });

  test('keep files that were not put through the store', async (t) => {
    const { store, root } = await place(t);
    writeFileSync(join(root, bucket, 'mine'), 'mine');
    await store.put(bucket, 'mine', Buffer.from('theirs'));
    assert.equal((await read(store, 'mine')).toString(), 'theirs');
    await store.delete(bucket, 'mine');
    await refused(store.deleteBucket(bucket), 'BucketNotEmpty');
    assert.equal(readFileSync(join(root, bucket, 'mine'), 'utf8'), 'mine');
  });

  test('are swept of what an earlier process left half done', async (t) => {
    const { store, root, reopen } = await place(t);
    const uploadId = await store.multipart.create(bucket, 'k');
    await store.multipart.putPart({ bucket, key: 'k', uploadId }, 1, Buffer.from('kept'));
    await store.close();
    writeFileSync(join(root, '.rung', 'drafts', 'left'), 'half');
    mkdirSync(join(root, '.rung', 'uploads', 'given-up'));
    writeFileSync(join(root, '.rung', 'uploads', 'given-up', '1-x'), 'part');
    writeFileSync(join(root, '.rung', 'uploads', uploadId, '2-x'), 'part');
    const again = reopen();
    await again.close();
    assert.deepEqual(readdirSync(join(root, '.rung', 'drafts')), []);
    assert.deepEqual(readdirSync(join(root, '.rung', 'uploads')), [uploadId]);
    assert.equal(readdirSync(join(root, '.rung', 'uploads', uploadId)).length, 1);
  });
});

async function place(
  t: TestContext,
): Promise<{ store: FileObjectStore; root: string; outside: string; reopen: () => FileObjectStore }> {
  const outside = await mkdtemp(join(tmpdir(), 'rung-objects-'));
  const root = join(outside, 'objects');
  let store = new FileObjectStore({ root });
  await store.createBucket(bucket);
  t.after(async () => {
    // Closing twice does no harm.
    await store.close();
    await rm(outside, { recursive: true });
  });
  return { store, root, outside, reopen: () => (store = new FileObjectStore({ root })) };
}
