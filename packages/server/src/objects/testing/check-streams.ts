import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { buffer } from 'node:stream/consumers';
import type { ContractTest, MakeObjectStore } from './check-object-store.ts';
import { bucket, fixture, pieces, read, refused } from './fixture.ts';

const MiB = 1024 * 1024;

export function checkStreams(make: MakeObjectStore, test: ContractTest): void {
  describe('streams', () => {
    test('a body that breaks off leaves nothing, or what was there', async (t) => {
      const { store } = await fixture(t, make);
      const broken = async function* (size: number): AsyncGenerator<Uint8Array> {
        yield* pieces(size, 1);
        throw new Error('the client went away');
      };
      for (const size of [0, 10, 6 * MiB])
        await assert.rejects(store.put(bucket, 'k', broken(size)), /the client went away/);
      await refused(store.head(bucket, 'k'), 'NoSuchKey');
      await store.put(bucket, 'k', Buffer.from('old'));
      await assert.rejects(
        store.put(bucket, 'k', broken(3 * MiB), {
          checksum: { algorithm: 'CRC32', value: Promise.reject(new Error('no trailer')) },
        }),
      );
      assert.equal((await read(store, 'k')).toString(), 'old');
    });

    test('a reader gets the old bytes whole while the object is replaced and deleted', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'k', pieces(8 * MiB, 1), { metadata: { of: '1' } });
      const first = await store.get(bucket, 'k');
      await store.put(bucket, 'k', pieces(8 * MiB, 2), { metadata: { of: '2' } });
      const second = await store.get(bucket, 'k');
      await store.delete(bucket, 'k');
      for (const [reader, fill] of [
        [first, 1],
        [second, 2],
      ] as const) {
        assert.equal(reader.info.metadata['of'], String(fill));
        assert.ok((await buffer(reader.body)).equals(Buffer.alloc(8 * MiB, fill)));
      }
    });

    test('many writers, readers and deleters of one key see only whole objects', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'k', pieces(MiB + 7, 0), { metadata: { of: '0' } });
      const writing = new AbortController();
      const write = async (writer: number): Promise<void> => {
        for (let round = 0; round < 6; round++) {
          const fill = writer * 10 + round;
          await store.put(bucket, 'k', pieces(MiB + fill, fill), { metadata: { of: String(fill) } });
          if (writer === 1) await store.delete(bucket, 'k');
        }
      };
      let seen = 0;
      const check = async (): Promise<void> => {
        while (!writing.signal.aborted) {
          try {
            const { info, body } = await store.get(bucket, 'k');
            const fill = Number(info.metadata['of']);
            const bytes = await buffer(body);
            assert.ok(
              bytes.every((byte) => byte === fill),
              'the bytes of one writer',
            );
            assert.equal(bytes.length, info.size);
            seen++;
          } catch (error) {
            await refused(Promise.reject(error), 'NoSuchKey');
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const readers = [check(), check()];
      const writers = await Promise.allSettled([1, 2, 3, 4].map(write));
      writing.abort();
      await Promise.all(readers);
      for (const writer of writers) if (writer.status === 'rejected') throw writer.reason;
      assert.ok(seen > 0);
    });

    test('of two conditional writers of a new key one wins', async (t) => {
      const { store } = await fixture(t, make);
      const attempts = Array.from({ length: 8 }, (_, index) =>
        store.put(bucket, 'k', Buffer.from(String(index)), { ifNoneMatch: '*' }),
      );
      const results = await Promise.allSettled(attempts);
      const winners = results.flatMap((result, index) => (result.status === 'fulfilled' ? [String(index)] : []));
      assert.equal(winners.length, 1);
      assert.equal((await read(store, 'k')).toString(), winners[0]);
    });

    test('a large object goes in and out in flat memory', async (t) => {
      const { store } = await fixture(t, make);
      const size = 300 * MiB;
      await store.put(bucket, 'warm', pieces(32 * MiB, 1));
      for await (const _ of (await store.get(bucket, 'warm')).body);
      const before = process.memoryUsage.rss();
      let peak = before;
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        for await (const piece of pieces(size, 3)) {
          peak = Math.max(peak, process.memoryUsage.rss());
          yield piece;
        }
      };
      await store.put(bucket, 'large', watched());
      let length = 0;
      for await (const chunk of (await store.get(bucket, 'large')).body) {
        length += chunk.length;
        peak = Math.max(peak, process.memoryUsage.rss());
      }
      assert.equal(length, size);
      assert.ok(peak - before < 64 * MiB, `grew by ${Math.round((peak - before) / MiB)} MiB`);
    });
  });
}
