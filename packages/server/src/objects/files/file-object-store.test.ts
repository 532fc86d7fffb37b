import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '../object-store.ts';
import type { Pieces } from '../pieces.ts';
import { checkObjectStore } from '../testing/check-object-store.ts';
import { bucket, pieces } from '../testing/fixture.ts';
import { FileObjectStore } from './file-object-store.ts';

checkObjectStore('FileObjectStore', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rung-objects-'));
  let store: ObjectStore | undefined;
  return {
    open: async () => (store = new FileObjectStore({ root: folder })),
    crashOpener: { module: new URL('../testing/open-file-store.ts', import.meta.url), argument: folder },
    async dispose() {
      await store?.close();
      await rm(folder, { recursive: true });
    },
  };
});

test('a large body has an ETag of its content that is no MD5, unless the MD5 was asked for', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'rung-objects-'));
  const store = new FileObjectStore({ root });
  t.after(async () => {
    await store.close();
    await rm(root, { recursive: true });
  });
  await store.createBucket(bucket);
  const size = 64 * 1024 * 1024;
  const exact = createHash('md5').update(Buffer.alloc(size, 7)).digest('hex');
  assert.equal((await store.put(bucket, 'k', pieces(size, 7))).etag, exact);
  const { etag } = await store.put(bucket, 'k', pieces(size + 1, 7));
  assert.match(etag, /^[0-9a-f]{32}-1$/);
  assert.equal((await store.put(bucket, 'k', pieces(size + 1, 7, 99_991))).etag, etag);
  assert.notEqual((await store.put(bucket, 'k', pieces(size + 1, 8))).etag, etag);
  const md5 = createHash('md5')
    .update(Buffer.alloc(size + 1, 7))
    .digest('hex');
  assert.equal((await store.put(bucket, 'k', pieces(size + 1, 7), { md5 })).etag, md5);
});

test("memory of a body is taken from it where it is nobody else's, and only there", async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'rung-objects-'));
  const store = new FileObjectStore({ root });
  t.after(async () => {
    await store.close();
    await rm(root, { recursive: true });
  });
  await store.createBucket(bucket);
  const whole = [Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2)];
  const part = Buffer.alloc(16, 3).subarray(4, 8);
  const body = (disposable: boolean): Pieces => ({
    disposable,
    async *[Symbol.asyncIterator]() {
      yield* [...whole, part];
    },
  });
  await store.put(bucket, 'kept', body(false));
  const expected = Buffer.concat([...whole, part]);
  await store.put(bucket, 'freed', body(true));
  assert.deepEqual(
    [...whole, part].map(({ length }) => length),
    [0, 0, 4],
  );
  for (const key of ['kept', 'freed']) assert.ok((await buffer((await store.get(bucket, key)).body)).equals(expected));
});

test('a full disk is said clearly, loses nothing and leaves no draft', (t) => {
  const script = fileURLToPath(new URL('../testing/small-disk.ts', import.meta.url));
  const inside = 'mount -t tmpfs -o size=12m none "$1" && exec "$2" "$3" "$1"';
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', inside, 'sh', tmpdir(), process.execPath, script];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  if (status !== 0 && !/small-disk/.test(stderr))
    return t.skip(`this system lends no mount namespace to make a small disk in: ${stderr?.trim()}`);
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    replace: 'InsufficientStorage',
    create: 'InsufficientStorage',
    drafts: 0,
    kept: true,
    filled: 'InsufficientStorage',
    lost: 0,
    removed: 'done',
    afterwards: 'done',
    listed: true,
  });
});
