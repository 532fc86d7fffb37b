import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { assert as assertAlways, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import type { ListObjectsQuery, ObjectStore } from '../object-store.ts';
import type { ContractTest, MakeObjectStore } from './check-object-store.ts';
import { bucket, fixture, inBrief, refused } from './fixture.ts';
import { oddKeys } from './odd-keys.ts';

export function checkListing(make: MakeObjectStore, test: ContractTest, runs: number): void {
  describe('listings', () => {
    test('agree with a sorted array, whatever the keys, prefix, delimiter and page size', async (t) => {
      const { store } = await fixture(t, make);
      const keys = [...oddKeys, ...mixedKeys()];
      await Promise.all(keys.map((key) => store.put(bucket, key, new Uint8Array())));
      const sorted = [...new Set(keys)].sort(byBytes);
      const piece = constantFrom('', 'a', 'b', '/', '//', 'a/', 'A', 'é', '\u{1F600}', '..', '~', '-', 'ab');
      const query = record(
        {
          prefix: oneof(piece, constantFrom(...keys)),
          delimiter: piece,
          startAfter: oneof(piece, constantFrom(...keys)),
          limit: integer({ min: 1, max: 40 }),
        },
        { requiredKeys: ['limit'] },
      );
      await assertAlways(
        asyncProperty(query, async (asked) => {
          assert.deepEqual(await allPages(store, asked), model(sorted, asked));
        }),
        { numRuns: runs },
      );
    });

    test('have at most 1000 entries a page, by default and at most', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'f/0000', new Uint8Array());
      const keys = Array.from({ length: 1004 }, (_, index) => `f/${String(index + 1).padStart(4, '0')}`);
      await Promise.all(keys.map((key) => store.copy({ bucket, key: 'f/0000' }, { bucket, key })));
      for (const query of [{}, { limit: 5000 }, { prefix: 'f/' }]) {
        const page = await store.list(bucket, query);
        assert.equal(page.objects.length, 1000);
        assert.ok(page.next);
        const rest = await store.list(bucket, { ...query, token: page.next });
        assert.deepEqual([rest.objects.length, rest.objects[0]?.key, rest.next], [5, 'f/1000', undefined]);
      }
      assert.deepEqual(await store.list(bucket, { delimiter: '/' }), { objects: [], commonPrefixes: ['f/'] });
    });

    test('show of each object what head does of key, size, ETag and time, and changes at once', async (t) => {
      const { store } = await fixture(t, make);
      await store.put(bucket, 'k', new Uint8Array(3), { metadata: { a: '1' }, checksum: { algorithm: 'CRC32' } });
      assert.deepEqual((await store.list(bucket, {})).objects.map(inBrief), [inBrief(await store.head(bucket, 'k'))]);
      await store.delete(bucket, 'k');
      assert.deepEqual((await store.list(bucket, {})).objects, []);
    });

    test('refuse tokens that are not theirs', async (t) => {
      const { store } = await fixture(t, make);
      await refused(store.list(bucket, { token: 'not a token!' }), 'InvalidArgument');
    });
  });
}

interface Listed {
  keys: string[];
  prefixes: string[];
}

async function allPages(store: ObjectStore, query: ListObjectsQuery): Promise<Listed> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await store.list(bucket, { ...query, ...(token !== undefined && { token }) });
    assert.ok(page.objects.length + page.commonPrefixes.length <= (query.limit ?? 1000));
    assert.ok(
      page.next === undefined || page.objects.length + page.commonPrefixes.length > 0,
      'a page before the last is never empty',
    );
    keys.push(...page.objects.map(({ key }) => key));
    prefixes.push(...page.commonPrefixes);
    token = page.next;
  }
  return { keys, prefixes };
}

function model(sorted: readonly string[], { prefix = '', delimiter = '', startAfter = '' }: ListObjectsQuery): Listed {
  const keys: string[] = [];
  const prefixes = new Set<string>();
  for (const key of sorted) {
    if (!key.startsWith(prefix) || byBytes(key, startAfter) <= 0) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (at < 0) keys.push(key);
    else prefixes.add(key.slice(0, at + delimiter.length));
  }
  return { keys, prefixes: [...prefixes] };
}

/** Every word of up to three of a few letters: full of common prefixes. */
function mixedKeys(): string[] {
  const letters = ['a', 'b', '/', 'é', '\u{1F600}'];
  const two = letters.flatMap((first) => letters.map((second) => first + second));
  return [...letters, ...two, ...two.flatMap((word) => letters.map((letter) => word + letter))].filter(
    (key) => !oddKeys.includes(key),
  );
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
