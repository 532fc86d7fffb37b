import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { ObjectStoreError } from '../object-store-error.ts';
import type { ObjectInfo, ObjectStore } from '../object-store.ts';
import type { ContractTest, MakeObjectStore } from './check-object-store.ts';
import { crashKeys, crashSize, removes } from './crash-writer.ts';
import { bucket, fixture, inBrief, read } from './fixture.ts';

const ROUNDS = 6;
/** More than any round makes, so that the changes of each round have numbers of their own. */
const CHANGES_PER_ROUND = 10_000;

export function checkCrash(make: MakeObjectStore, test: ContractTest): void {
  describe('crash', () => {
    test('kill -9 in the middle of writes leaves each key as acknowledged or one change further, never between', async (t) => {
      const { store, underTest } = await fixture(t, make);
      await store.close();
      for (let round = 0; round < ROUNDS; round++) {
        const first = round * CHANGES_PER_ROUND;
        const acknowledged = await writeUntilKilled(underTest.crashOpener, first, 5 + 7 * round);
        const opened = await underTest.open();
        for (const key of crashKeys) await checkKey(opened, key, acknowledged.get(key) ?? first - 1);
        await opened.close();
      }
    });
  });
}

/** @param last the number of the last change that was acknowledged */
async function checkKey(store: ObjectStore, key: string, last: number): Promise<void> {
  const { info, listed, bytes } = await look(store, key);
  assert.deepEqual(listed && inBrief(listed), info && inBrief(info), `${key} is listed as it is`);
  if (info === undefined || bytes === undefined) {
    const neverAcknowledged = last % CHANGES_PER_ROUND === CHANGES_PER_ROUND - 1 || last < 0;
    assert.ok(neverAcknowledged || removes(last) || removes(last + 1), `${key} is gone after change ${last}`);
    return;
  }
  const change = Number(info.metadata['change']);
  const fromAnEarlierRound = last % CHANGES_PER_ROUND === CHANGES_PER_ROUND - 1;
  assert.ok(fromAnEarlierRound || change === last || change === last + 1, `${key} has change ${change} after ${last}`);
  assert.equal(bytes.length, crashSize(change));
  assert.ok(bytes.equals(Buffer.alloc(bytes.length, change % 251)), 'the bytes are those of the description');
  assert.equal(info.etag, createHash('md5').update(bytes).digest('hex'));
}

interface Look {
  readonly info: ObjectInfo | undefined;
  readonly listed: ObjectInfo | undefined;
  readonly bytes: Buffer | undefined;
}

/** Where the store has a server, that may still end what the killed client had asked for: then one looks again. */
async function look(store: ObjectStore, key: string): Promise<Look> {
  for (;;) {
    const info = await orNothing(() => store.head(bucket, key));
    const listed = (await store.list(bucket, { prefix: key })).objects.find((object) => object.key === key);
    const bytes = await orNothing(() => read(store, key));
    if (isDeepStrictEqual(info, await orNothing(() => store.head(bucket, key)))) return { info, listed, bytes };
  }
}

async function orNothing<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'NoSuchKey') return undefined;
    throw error;
  }
}

/** The last change of each key that the child reported before it was killed. */
async function writeUntilKilled(
  opener: { module: URL; argument: string },
  first: number,
  enough: number,
): Promise<Map<string, number>> {
  const script = fileURLToPath(new URL('crash-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, opener.module.href, opener.argument, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const last = new Map<string, number>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    // Safe: the child prints nothing else.
    const { key, change } = JSON.parse(line) as { key: string; change: number };
    last.set(key, change);
    if (++lines === enough) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the child was to die in the middle of its work');
  return last;
}
