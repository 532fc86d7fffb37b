import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe } from 'node:test';
import type { ContractTest, MakeObjectStore } from './check-object-store.ts';
import { bucket, fixture, read, refused } from './fixture.ts';
import { oddKeys } from './odd-keys.ts';

const text = (value: string): Uint8Array => Buffer.from(value);
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Base64 of the nine bytes `123456789`, whose sums every specification gives. */
const KNOWN_SUMS = {
  CRC32: 'y/Q5Jg==',
  CRC32C: '4waSgw==',
  CRC64NVME: 'rosUhgp5mIg=',
  SHA1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
  SHA256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=',
} as const;

export function checkObjects(make: MakeObjectStore, test: ContractTest): void {
  describe('objects', () => {
    test('come back with what describes them', async (t) => {
      const { store } = await fixture(t, make);
      const description = {
        contentType: 'text/csv',
        contentEncoding: 'gzip',
        cacheControl: 'no-store',
        contentDisposition: 'inline',
        contentLanguage: 'en',
        metadata: { stage: 'raw', 'odd-ü': 'ü' },
      };
      const put = await store.put(bucket, 'folder/k', text('abc'), description);
      const { modifiedAt, ...rest } = put;
      assert.deepEqual(rest, { key: 'folder/k', size: 3, etag: md5(text('abc')), ...description });
      assert.ok(Math.abs(Date.now() - modifiedAt.getTime()) < 60_000);
      assert.deepEqual(await store.head(bucket, 'folder/k'), put);
      const { info, range, body } = await store.get(bucket, 'folder/k');
      assert.deepEqual([info, range], [put, undefined]);
      body.destroy();
    });

    test('may be of no bytes, in one piece or in none', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'one', new Uint8Array());
      await store.put(bucket, 'none', (async function* () {})());
      for (const key of ['one', 'none']) {
        assert.equal((await read(store, key)).length, 0);
        assert.equal((await store.head(bucket, key)).etag, 'd41d8cd98f00b204e9800998ecf8427e');
        await refused(store.get(bucket, key, { range: 'bytes=0-0' }), 'InvalidRange');
      }
    });

    test('of every size around the block size come back byte for byte', async (t) => {
      const { store } = await fixture(t, make);
      for (const size of [1, 1_048_575, 1_048_576, 1_048_577, 5_000_001]) {
        const bytes = randomBytes(size);
        const { etag } = await store.put(bucket, 'sized', slices(bytes, 99_991));
        assert.equal(etag, md5(bytes));
        assert.ok((await read(store, 'sized')).equals(bytes), `${size} bytes`);
      }
    });

    test('with keys that are no good file names live side by side and go nowhere else', async (t) => {
      const { store } = await fixture(t, make);
      for (const key of oddKeys) await store.put(bucket, key, text(key));
      for (const key of oddKeys) assert.equal((await read(store, key)).toString(), key);
      for (const key of oddKeys.slice(0, 20)) {
        await store.delete(bucket, key);
        await refused(store.get(bucket, key), 'NoSuchKey');
      }
      for (const key of oddKeys.slice(20)) assert.equal((await read(store, key)).toString(), key);
    });

    test('have keys of 1 to 1024 bytes of valid Unicode', async (t) => {
      const { store } = await fixture(t, make);
      await refused(store.put(bucket, '', text('x')), 'InvalidArgument');
      await refused(store.put(bucket, '\ud800', text('x')), 'InvalidArgument');
      await refused(store.put(bucket, 'é'.repeat(513), text('x')), 'KeyTooLong');
      await store.put(bucket, 'é'.repeat(512), text('x'));
    });

    test('are replaced whole, and deleted without complaint when they are not there', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'k', text('first'), { metadata: { a: '1' } });
      await store.put(bucket, 'k', text('2'));
      assert.equal((await read(store, 'k')).toString(), '2');
      assert.deepEqual((await store.head(bucket, 'k')).metadata, {});
      await store.delete(bucket, 'k');
      await store.delete(bucket, 'k');
      await refused(store.head(bucket, 'k'), 'NoSuchKey');
    });

    test('survive closing and opening', async (t) => {
      const { store, underTest } = await fixture(t, make);
      const put = await store.put(bucket, 'k', text('kept'), { metadata: { a: '1' } });
      await store.close();
      const again = await underTest.open();
      assert.deepEqual(await again.head(bucket, 'k'), put);
      assert.equal((await read(again, 'k')).toString(), 'kept');
    });

    test('give ranges', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'digits', text('0123456789'));
      const cases = {
        'bytes=0-0': '0',
        'bytes=2-4': '234',
        'bytes=7-': '789',
        'bytes=-2': '89',
        'bytes=8-99': '89',
        'bytes=-99': '0123456789',
      };
      for (const [range, expected] of Object.entries(cases))
        assert.equal((await read(store, 'digits', { range })).toString(), expected);
      for (const ignored of ['bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=-']) {
        assert.equal((await read(store, 'digits', { range: ignored })).length, 10);
      }
      for (const range of ['bytes=10-', 'bytes=-0'])
        await refused(store.get(bucket, 'digits', { range }), 'InvalidRange');
      const { range, body } = await store.get(bucket, 'digits', { range: 'bytes=-3' });
      body.destroy();
      assert.deepEqual(range, { start: 7, end: 9 });
    });

    test('are read under conditions', async (t) => {
      const { store } = await fixture(t, make);
      const { etag, modifiedAt } = await store.put(bucket, 'k', text('x'));
      const before = new Date(modifiedAt.getTime() - 10_000);
      await refused(store.get(bucket, 'k', { ifMatch: '"other"' }), 'PreconditionFailed');
      await refused(store.get(bucket, 'k', { ifNoneMatch: `"${etag}"` }), 'NotModified');
      await refused(store.get(bucket, 'k', { ifModifiedSince: modifiedAt }), 'NotModified');
      await refused(store.get(bucket, 'k', { ifUnmodifiedSince: before }), 'PreconditionFailed');
      await read(store, 'k', { ifMatch: `"${etag}"`, ifUnmodifiedSince: before });
      await read(store, 'k', { ifNoneMatch: '"other"', ifModifiedSince: modifiedAt });
    });

    test('are written under conditions', async (t) => {
      const { store } = await fixture(t, make);
      await refused(store.put(bucket, 'k', text('1'), { ifMatch: '"x"' }), 'NoSuchKey');
      const { etag } = await store.put(bucket, 'k', text('1'), { ifNoneMatch: '*' });
      await refused(store.put(bucket, 'k', text('2'), { ifNoneMatch: '*' }), 'PreconditionFailed');
      await refused(store.put(bucket, 'k', text('2'), { ifMatch: '"x"' }), 'PreconditionFailed');
      await store.put(bucket, 'k', text('2'), { ifMatch: `"${etag}"` });
      assert.equal((await read(store, 'k')).toString(), '2');
    });

    test('keep the checksum that was asked for', async (t) => {
      const { store } = await fixture(t, make);
      for (const [algorithm, value] of Object.entries(KNOWN_SUMS) as [keyof typeof KNOWN_SUMS, string][]) {
        const info = await store.put(bucket, 'k', text('123456789'), { checksum: { algorithm } });
        assert.deepEqual(info.checksum, { algorithm, value });
        await store.put(bucket, 'k', text('123456789'), { checksum: { algorithm, value: Promise.resolve(value) } });
      }
    });

    test('that are not what the caller said leave the old ones', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'k', text('old'));
      await refused(
        store.put(bucket, 'k', text('new'), { checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } }),
        'BadDigest',
      );
      await refused(
        store.put(bucket, 'k', text('new'), { checksum: { algorithm: 'SHA256', value: Promise.resolve('no') } }),
        'BadDigest',
      );
      await refused(store.put(bucket, 'k', text('new'), { md5: '0'.repeat(32) }), 'BadDigest');
      await store.put(bucket, 'new', text('new'), { md5: md5(text('new')) });
      assert.equal((await read(store, 'k')).toString(), 'old');
    });

    test('are copied, with their description or another', async (t) => {
      const { store } = await fixture(t, make);
      const bytes = randomBytes(2_500_000);
      const source = await store.put(bucket, 'source', bytes, {
        contentType: 'x/y',
        metadata: { a: '1' },
        checksum: { algorithm: 'CRC32' },
      });
      await store.createBucket('elsewhere');
      const { modifiedAt: _, ...copied } = await store.copy(
        { bucket, key: 'source' },
        { bucket: 'elsewhere', key: 'x/copy' },
      );
      const { modifiedAt: __, ...expected } = { ...source, key: 'x/copy' };
      assert.deepEqual(copied, expected);
      const again = await store.copy(
        { bucket: 'elsewhere', key: 'x/copy' },
        { bucket, key: 'source' },
        { metadata: { b: '2' }, checksum: { algorithm: 'SHA256' } },
      );
      assert.deepEqual(
        [again.metadata, again.contentType, again.checksum?.algorithm],
        [{ b: '2' }, undefined, 'SHA256'],
      );
      assert.ok((await read(store, 'source')).equals(bytes));
      await refused(store.copy({ bucket, key: 'none' }, { bucket, key: 'x' }), 'NoSuchKey');
      await refused(store.copy({ bucket, key: 'source' }, { bucket: 'nowhere', key: 'x' }), 'NoSuchBucket');
      await refused(
        store.copy({ bucket, key: 'source' }, { bucket, key: 'source' }, { ifNoneMatch: '*' }),
        'PreconditionFailed',
      );
    });
  });
}

async function* slices(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
