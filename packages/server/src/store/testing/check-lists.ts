import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { InvalidToken } from '../errors.ts';
import type { Resource } from '../resource.ts';
import type { ListQuery, Store } from '../store.ts';
import type { MakeStore } from './check-store.ts';
import { fixture, model } from './fixture.ts';

type Item = Resource<'model'>;

export function checkLists(makeStore: MakeStore): void {
  describe('lists', () => {
    test('the newest comes first by default; other kinds are not seen', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      for (const name of ['a', 'b', 'c']) {
        await store.create(model(name));
        await clock.advance(1);
      }
      const page = await store.list('model', { limit: 2 });
      assert.deepEqual(names(page.items), ['c', 'b']);
      const last = await store.list('model', { limit: 2, ...(page.next ? { token: page.next } : {}) });
      assert.deepEqual(names(last.items), ['a']);
      assert.equal(last.next, undefined);
      assert.deepEqual(await store.list('endpoint', { limit: 2 }), { items: [] });
    });

    test('a page that ends exactly at the end has no next', async (t) => {
      const { store } = await fixture(t, makeStore);
      await store.create(model('a'));
      await store.create(model('b'));
      assert.equal((await store.list('model', { limit: 2 })).next, undefined);
    });

    test('a token that is garbage, cut, or of another order is refused', async (t) => {
      const { store } = await fixture(t, makeStore);
      for (const name of ['a', 'b', 'c']) await store.create(model(name));
      const { next } = await store.list('model', { limit: 1 });
      assert.ok(next);
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const garbage = [
        '',
        'x',
        '????',
        next.slice(0, -4),
        encode({}),
        encode([]),
        encode(['created-desc']),
        encode(['created-desc', 'x', 1]),
      ];
      for (const token of [...garbage, encode(['created-desc', 1, 'a', 'b'])]) {
        await assert.rejects(store.list('model', { limit: 1, token }), InvalidToken, token);
      }
      await assert.rejects(store.list('model', { limit: 1, token: next, sortBy: 'name' }), InvalidToken);
      await assert.rejects(store.list('model', { limit: 1, token: next, order: 'ascending' }), InvalidToken);
    });

    test('part of a name is matched as it stands, without wildcards', async (t) => {
      const { store } = await fixture(t, makeStore);
      for (const name of ['a-b', 'a_b', 'axb', 'a%b']) await store.create(model(name));
      const matching = async (nameContains: string) =>
        names((await store.list('model', { limit: 9, nameContains, sortBy: 'name', order: 'ascending' })).items);
      assert.deepEqual(await matching('_'), ['a_b']);
      assert.deepEqual(await matching('%'), ['a%b']);
      assert.deepEqual(await matching("'"), []);
      assert.deepEqual(await matching('b'), ['a%b', 'a-b', 'a_b', 'axb']);
    });

    test('every filter, order and page size answers as a plain array would', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      const rows = await populate(store, clock);
      await fc.assert(
        fc.asyncProperty(queries(rows), async (query) => {
          assert.deepEqual(names(await walk(store, query)), names(expected(rows, query)));
        }),
        { numRuns: 150 },
      );
    });

    test('inserts and deletes between two pages neither repeat nor skip what stays', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      let rows = await populate(store, clock);
      let inserted = 0;
      await fc.assert(
        fc.asyncProperty(queries(rows), fc.array(fc.nat(), { maxLength: 2 }), async (query, removals) => {
          const before = expected(rows, query);
          const gone = new Set<string>();
          const seen = await walk(store, query, async () => {
            inserted += 1;
            rows.push(await store.create(model(`new-${inserted % 7}-${inserted}`, { phase: 'InProgress' })));
            const victim = rows[(removals.pop() ?? 0) % rows.length];
            if (!victim || gone.size >= 2) return;
            await store.remove('model', victim.name);
            gone.add(victim.name);
            rows = rows.filter(({ name }) => name !== victim.name);
          });
          const stayed = new Set(names(before).filter((name) => !gone.has(name)));
          assert.equal(new Set(names(seen)).size, seen.length, 'nothing twice');
          assert.deepEqual(
            names(seen).filter((name) => stayed.has(name)),
            [...stayed],
            'all that stays, in order',
          );
        }),
        { numRuns: 60 },
      );
    });
  });
}

const PHASES = ['InProgress', 'Completed', 'Failed'];
const PARENTS = [undefined, 'p', 'q'];

/** Rows with many equal times and phases, so that ties are the rule. */
async function populate(store: Store, clock: { advance(ms: number): Promise<void> }): Promise<Item[]> {
  const rows: Item[] = [];
  for (let index = 0; index < 40; index += 1) {
    const parent = PARENTS[index % 3];
    const name = `${'cab'[index % 3]}${(index * 7) % 40}-${'xyz'[index % 3]}`;
    rows.push(await store.create(model(name, { phase: PHASES[index % 2] ?? '', ...(parent ? { parent } : {}) })));
    if (index % 4 === 0) await clock.advance(1_000);
  }
  for (let index = 0; index < 40; index += 3) {
    if (index % 2 === 0) await clock.advance(1_000);
    const row = rows[index];
    const changed = row && (await store.update('model', row.name, () => ({ phase: PHASES[index % 3] ?? '' })));
    if (changed) rows[index] = changed;
  }
  return rows;
}

function queries(rows: readonly Item[]): fc.Arbitrary<ListQuery> {
  const times = fc.constantFrom(...rows.flatMap(({ createdAt, modifiedAt }) => [createdAt, modifiedAt]));
  return fc.record(
    {
      limit: fc.integer({ min: 1, max: 15 }),
      nameContains: fc.constantFrom('a', 'x', '1', '-', 'nothing'),
      phase: fc.constantFrom(...PHASES),
      parent: fc.constantFrom('p', 'q'),
      createdAfter: times,
      createdBefore: times,
      modifiedAfter: times,
      modifiedBefore: times,
      sortBy: fc.constantFrom<('name' | 'created' | 'modified' | 'phase')[]>('name', 'created', 'modified', 'phase'),
      order: fc.constantFrom<('ascending' | 'descending')[]>('ascending', 'descending'),
    },
    { requiredKeys: ['limit'] },
  );
}

/** What the query means, said with an array. */
function expected(rows: readonly Item[], query: ListQuery): Item[] {
  const { nameContains, phase, parent, createdAfter, createdBefore, modifiedAfter, modifiedBefore } = query;
  const matching = rows.filter(
    (row) =>
      (nameContains === undefined || row.name.includes(nameContains)) &&
      (phase === undefined || row.phase === phase) &&
      (parent === undefined || row.parent === parent) &&
      (!createdAfter || row.createdAt > createdAfter) &&
      (!createdBefore || row.createdAt < createdBefore) &&
      (!modifiedAfter || row.modifiedAt > modifiedAfter) &&
      (!modifiedBefore || row.modifiedAt < modifiedBefore),
  );
  const sign = query.order === 'ascending' ? 1 : -1;
  return matching.toSorted((a, b) => sign * compare(sortKey(a, query), sortKey(b, query)));
}

function sortKey(row: Item, { sortBy = 'created' }: ListQuery): (string | number)[] {
  switch (sortBy) {
    case 'name':
      return [row.name];
    case 'created':
      return [row.createdAt.getTime(), row.name];
    case 'modified':
      return [row.modifiedAt.getTime(), row.name];
    case 'phase':
      return [row.phase, row.createdAt.getTime(), row.name];
    default:
      throw new TypeError(`no such order: ${String(sortBy satisfies never)}`);
  }
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? left;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

async function walk(store: Store, query: ListQuery, between?: () => Promise<void>): Promise<Item[]> {
  const items: Item[] = [];
  for (let token: string | undefined; ;) {
    const page = await store.list('model', { ...query, ...(token ? { token } : {}) });
    assert.ok(page.items.length <= query.limit);
    items.push(...page.items);
    if (!page.next) return items;
    token = page.next;
    await between?.();
  }
}

function names(items: readonly { name: string }[]): string[] {
  return items.map(({ name }) => name);
}
