import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Kysely, type Migration, sql } from 'kysely';
import { openDatabase } from './database.ts';

interface Schema {
  item: { name: string; size: number };
}

const first: Migration = {
  up: async (db: Kysely<unknown>) => void (await sql`create table item (name text, size integer)`.execute(db)),
};
const failing: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`alter table item add column colour text`.execute(db);
    throw new Error('the power went');
  },
};

test('a migration that fails in the middle leaves the old schema, and is run again later', async (t) => {
  const file = await place(t);
  (await openDatabase<Schema>({ file, synchronous: 'full', migrations: { first } })).close();
  await assert.rejects(
    openDatabase({ file, synchronous: 'full', migrations: { first, second: failing } }),
    /the power went/,
  );
  const columns = async () => {
    const database = await openDatabase<Schema>({ file, synchronous: 'full', migrations: { first } });
    const rows = database.all(
      database.query.selectFrom(sql<{ name: string }>`pragma_table_info('item')`.as('c')).select('c.name'),
    );
    database.close();
    return rows.map(({ name }) => name);
  };
  assert.deepEqual(await columns(), ['name', 'size']);
});

test('a transaction that throws writes nothing', async (t) => {
  const database = await openDatabase<Schema>({ file: await place(t), synchronous: 'full', migrations: { first } });
  t.after(() => database.close());
  const add = database.prepare(['name', 'size'], (p) =>
    database.query.insertInto('item').values({ name: p.name, size: p.size }),
  );
  const fail = () => {
    add.run({ name: 'a', size: 1 });
    throw new RangeError('no');
  };
  assert.throws(() => database.transaction(fail), RangeError);
  assert.equal(add.run({ name: 'b', size: 2 }), 1);
  assert.deepEqual(
    database.all(database.query.selectFrom('item').selectAll()).map((row) => ({ ...row })),
    [{ name: 'b', size: 2 }],
  );
});

test('a prepared query takes its values by name, as often as it names them', async (t) => {
  const database = await openDatabase<Schema>({ file: await place(t), synchronous: 'normal', migrations: { first } });
  t.after(() => database.close());
  const between = database.prepare(['low', 'step'], (p) =>
    database.query.selectNoFrom([sql<number>`${p.low}`.as('low'), sql<number>`${p.low} + ${p.step}`.as('high')]),
  );
  assert.deepEqual({ ...between.first({ step: 5, low: 1 }) }, { low: 1, high: 6 });
});

async function place(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-database-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'test.db');
}
