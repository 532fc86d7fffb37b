import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe } from 'node:test';
import type { Checksum, PartInfo } from '../object-store.ts';
import type { ContractTest, MakeObjectStore } from './check-object-store.ts';
import { bucket, fixture, read, refused } from './fixture.ts';

const MiB = 1024 * 1024;

export function checkMultipart(make: MakeObjectStore, test: ContractTest): void {
  describe('multipart uploads', () => {
    test('become one object, in the order of the part numbers', async (t) => {
      const { store, underTest } = await fixture(t, make);
      const uploadId = await store.multipart.create(bucket, 'k', { contentType: 'x/y', metadata: { a: '1' } });
      const at = { bucket, key: 'k', uploadId };
      const bytes = randomBytes(10 * MiB + 7);
      const three = await store.multipart.putPart(at, 3, bytes.subarray(10 * MiB));
      const one = await store.multipart.putPart(at, 1, bytes.subarray(0, 5 * MiB));
      await store.multipart.putPart(at, 2, new Uint8Array(9));
      const two = await store.multipart.putPart(at, 2, bytes.subarray(5 * MiB, 10 * MiB));
      await refused(store.head(bucket, 'k'), 'NoSuchKey');
      await store.close();

      const again = await underTest.open();
      assert.deepEqual((await again.multipart.listParts(at)).map(withoutTime), [one, two, three].map(withoutTime));
      const info = await again.multipart.complete(at, [one, two, three]);
      const md5s = createHash('md5');
      for (const { etag } of [one, two, three]) md5s.update(etag, 'hex');
      assert.deepEqual(
        {
          etag: info.etag,
          size: info.size,
          type: info.contentType,
          metadata: info.metadata,
          // Not every store can say.
          parts: info.partSizes ?? [5 * MiB, 5 * MiB, 7],
        },
        {
          etag: `${md5s.digest('hex')}-3`,
          size: bytes.length,
          type: 'x/y',
          metadata: { a: '1' },
          parts: [5 * MiB, 5 * MiB, 7],
        },
      );
      assert.ok((await read(again, 'k')).equals(bytes));
      assert.deepEqual(await again.head(bucket, 'k'), info);
      await refused(again.multipart.listParts(at), 'NoSuchUpload');
      await refused(again.multipart.complete(at, [one]), 'NoSuchUpload');
    });

    for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
      test(`have the ${algorithm} of the whole object when that is asked for`, async (t) => {
        const { store } = await fixture(t, make);
        const bytes = randomBytes(5 * MiB + 99);
        const uploadId = await store.multipart.create(bucket, 'k', { checksum: { algorithm, type: 'FULL_OBJECT' } });
        const at = { bucket, key: 'k', uploadId };
        const parts = [
          await store.multipart.putPart(at, 1, bytes.subarray(0, 5 * MiB)),
          await store.multipart.putPart(at, 2, bytes.subarray(5 * MiB)),
        ];
        const { checksum } = await store.put(bucket, 'whole', bytes, { checksum: { algorithm } });
        await refused(store.multipart.complete(at, parts, { checksum: { algorithm, value: 'wrong' } }), 'BadDigest');
        const info = await store.multipart.complete(at, parts, {
          checksum: { algorithm, value: checksum?.value ?? '' },
        });
        assert.deepEqual(info.checksum, checksum);
      });
    }

    test('have a checksum of the checksums of their parts otherwise', async (t) => {
      const { store } = await fixture(t, make);
      const uploadId = await store.multipart.create(bucket, 'k', { checksum: { algorithm: 'SHA256' } });
      const at = { bucket, key: 'k', uploadId };
      const part = await store.multipart.putPart(at, 1, Buffer.from('x'));
      const sum = createHash('sha256').update(createHash('sha256').update('x').digest()).digest('base64');
      const expected: Checksum = { algorithm: 'SHA256', value: `${sum}-1` };
      assert.deepEqual((await store.multipart.complete(at, [part])).checksum, expected);
    });

    test('refuse wrong parts and stay as they are', async (t) => {
      const { store } = await fixture(t, make);
      const uploadId = await store.multipart.create(bucket, 'k');
      const at = { bucket, key: 'k', uploadId };
      for (const number of [0, 10_001, 1.5])
        await refused(store.multipart.putPart(at, number, new Uint8Array(1)), 'InvalidArgument');
      await refused(
        store.multipart.putPart(at, 1, Buffer.from('x'), { checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } }),
        'BadDigest',
      );
      const one = await store.multipart.putPart(at, 1, Buffer.from('1'));
      const two = await store.multipart.putPart(at, 10_000, Buffer.from('2'));
      await refused(store.multipart.complete(at, []), 'InvalidArgument');
      await refused(store.multipart.complete(at, [one, { part: 2, etag: two.etag }]), 'InvalidPart');
      await refused(store.multipart.complete(at, [{ ...one, etag: two.etag }]), 'InvalidPart');
      await refused(store.multipart.complete(at, [two, one]), 'InvalidPartOrder');
      await refused(store.multipart.complete(at, [one, two]), 'EntityTooSmall');
      await refused(store.multipart.complete({ ...at, key: 'other' }, [one]), 'NoSuchUpload');
      await store.put(bucket, 'k', Buffer.from('there'));
      await refused(store.multipart.complete(at, [one], { ifNoneMatch: '*' }), 'PreconditionFailed');
      await store.multipart.complete(at, [one]);
      assert.equal((await read(store, 'k')).toString(), '1');
    });

    test('are listed by key and given up without a trace', async (t) => {
      const { store } = await fixture(t, make);
      const ids: Record<string, string> = {};
      for (const key of ['b', 'a/2', 'a/1']) ids[key] = await store.multipart.create(bucket, key);
      assert.deepEqual(
        (await store.multipart.listUploads(bucket)).map(({ key, uploadId }) => [key, uploadId]),
        [
          ['a/1', ids['a/1']],
          ['a/2', ids['a/2']],
          ['b', ids['b']],
        ],
      );
      assert.deepEqual(
        (await store.multipart.listUploads(bucket, 'a/')).map(({ key }) => key),
        ['a/1', 'a/2'],
      );
      const at = { bucket, key: 'b', uploadId: ids['b'] ?? '' };
      await store.multipart.putPart(at, 1, Buffer.from('x'));
      await store.multipart.abort(at);
      await refused(store.multipart.abort(at), 'NoSuchUpload');
      await refused(store.multipart.putPart(at, 1, Buffer.from('x')), 'NoSuchUpload');
      await refused(store.head(bucket, 'b'), 'NoSuchKey');
    });
  });
}

/** The time of a part is told by whoever stored it, to the precision that it has. */
function withoutTime({ part, size, etag, checksum }: PartInfo): object {
  return { part, size, etag, checksum };
}
