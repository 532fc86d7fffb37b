import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { ContractTest, MakeObjectStore } from './check-object-store.ts';
import { bucket, fixture, refused } from './fixture.ts';

export function checkBuckets(make: MakeObjectStore, test: ContractTest): void {
  describe('buckets', () => {
    test('are listed by name and found with the time of their making', async (t) => {
      const { store } = await fixture(t, make);
      await store.createBucket('another');
      const listed = await store.listBuckets();
      assert.deepEqual(
        listed.map(({ name }) => name),
        ['another', bucket],
      );
      assert.deepEqual(await store.headBucket('another'), listed[0]);
      assert.ok(Math.abs(Date.now() - (listed[0]?.createdAt.getTime() ?? 0)) < 60_000);
      assert.equal(await store.headBucket('missing'), undefined);
    });

    test('are made once', async (t) => {
      const { store } = await fixture(t, make);
      await refused(store.createBucket(bucket), 'BucketAlreadyExists');
    });

    test('have the names that S3 allows', async (t) => {
      const { store } = await fixture(t, make);
      for (const name of [
        '',
        'ab',
        '..',
        'a/b',
        '.rung',
        'Upper',
        'under_score',
        'dots..dots',
        '10.0.0.1',
        '-dash',
        'dash-',
        'x'.repeat(64),
      ]) {
        await refused(store.createBucket(name), 'InvalidBucketName');
      }
      for (const name of ['abc', 'a.b-c', '0'.repeat(63)]) await store.createBucket(name);
    });

    test('are removed only when empty, also of folders that objects left', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'a/b/c', new Uint8Array(1));
      await refused(store.deleteBucket(bucket), 'BucketNotEmpty');
      await store.delete(bucket, 'a/b/c');
      await store.deleteBucket(bucket);
      assert.equal(await store.headBucket(bucket), undefined);
      await refused(store.deleteBucket(bucket), 'NoSuchBucket');
    });

    test('take nothing after their removal, and come back empty', async (t) => {
      const { store } = await fixture(t, make);
      const uploadId = await store.multipart.create(bucket, 'k');
      await store.deleteBucket(bucket);
      for (const attempt of [
        () => store.put(bucket, 'k', new Uint8Array(1)),
        () => store.get(bucket, 'k'),
        () => store.head(bucket, 'k'),
        () => store.delete(bucket, 'k'),
        () => store.list(bucket, {}),
        () => store.multipart.create(bucket, 'k'),
        () => store.multipart.putPart({ bucket, key: 'k', uploadId }, 1, new Uint8Array(1)),
      ]) {
        await refused(attempt(), 'NoSuchBucket');
      }
      await store.createBucket(bucket);
      assert.deepEqual(await store.list(bucket, {}), { objects: [], commonPrefixes: [] });
      assert.deepEqual(await store.multipart.listUploads(bucket), []);
    });
  });
}
