import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SteppedClock } from '../../testing/stepped-clock.ts';
import { StoreUnavailable, type UnavailableReason } from '../errors.ts';
import type { Store } from '../store.ts';
import { checkStore } from '../testing/check-store.ts';
import { model } from '../testing/fixture.ts';
import { openSqliteStore } from './sqlite-store.ts';

checkStore('SqliteStore', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rung-store-'));
  const file = join(folder, 'rung.db');
  const opened: Store[] = [];
  return {
    open: async (clock) => {
      const store = await openSqliteStore({ file, clock });
      opened.push(store);
      return store;
    },
    crashOpener: { module: new URL('../testing/open-sqlite.ts', import.meta.url), argument: file },
    dispose: async () => {
      for (const store of opened) await store.close();
      await rm(folder, { recursive: true });
    },
  };
});

test('the file is readable by its owner only', async (t) => {
  const { file, open } = await place(t);
  const store = await open();
  await store.create(model('a'));
  for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(file + suffix).mode & 0o777, 0o600, suffix);
});

test('a file that is no database is refused with what to do', async (t) => {
  const { file, open } = await place(t);
  writeFileSync(file, 'this is not a database, but it is long enough to be read as one '.repeat(100));
  await refused(open(), 'not-a-database', /not a SQLite database.*backup/);
});

test('a damaged database is refused with what to do', async (t) => {
  const { file, open } = await place(t);
  const store = await open();
  for (let index = 0; index < 50; index += 1) await store.create(model(`m${index}`));
  await store.close();
  const bytes = readFileSync(file);
  bytes.fill(0xff, 4096);
  writeFileSync(file, bytes);
  await refused(
    open().then((damaged) => damaged.list('model', { limit: 10 })),
    'corrupt',
    /damaged.*backup/,
  );
});

test('a missing folder is named', async (t) => {
  const { file } = await place(t);
  await refused(
    openSqliteStore({ file: join(file, 'deeper', 'rung.db'), clock: new SteppedClock() }),
    'input-output',
    /folder does not exist/,
  );
});

test('a full disk refuses the write, loses nothing acknowledged, and all works again once there is room', (t) => {
  const answer = onSmallDisk(t);
  if (!answer) return;
  assert.equal(answer.full, 'full');
  assert.equal(answer.lost, 0);
  assert.equal(answer.afterwards, 'written');
});

test('a disk mounted read-only is named as such', (t) => {
  const answer = onSmallDisk(t);
  if (answer) assert.equal(answer.readOnly, 'read-only');
});

test('a database of a newer version is refused', async (t) => {
  const { file, open } = await place(t);
  await (await open()).close();
  const raw = new DatabaseSync(file);
  raw.exec(`insert into kysely_migration (name, timestamp) values ('9999-future', '2099-01-01T00:00:00.000Z')`);
  raw.close();
  await refused(open(), 'newer-version', /newer version of Rung/);
});

/** Runs the store on a file system of 2 MB, which needs a mount namespace of one's own. */
function onSmallDisk(t: TestContext): Record<string, unknown> | undefined {
  const script = fileURLToPath(new URL('../testing/small-disk.ts', import.meta.url));
  const inside = 'mount -t tmpfs -o size=2m none "$1" && exec "$2" "$3" "$1"';
  const args = ['--user', '--map-root-user', '--mount', 'sh', '-c', inside, 'sh', tmpdir(), process.execPath, script];
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout);
  t.skip(`this system lends no mount namespace to make a small disk in: ${stderr.trim()}`);
  return undefined;
}

async function place(t: TestContext): Promise<{ file: string; open: () => Promise<Store> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-store-'));
  const file = join(folder, 'rung.db');
  const opened: Store[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
    await rm(folder, { recursive: true });
  });
  const open = async (): Promise<Store> => {
    const store = await openSqliteStore({ file, clock: new SteppedClock() });
    opened.push(store);
    return store;
  };
  return { file, open };
}

async function refused(promise: Promise<unknown>, reason: UnavailableReason, text: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof StoreUnavailable, String(error));
    assert.equal(error.reason, reason);
    assert.match(error.message, text);
    return true;
  });
}
