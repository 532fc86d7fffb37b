import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MakeStore } from './check-store.ts';
import { crashSpec } from './crash-writer.ts';
import { fixture } from './fixture.ts';

export function checkCrash(makeStore: MakeStore): void {
  describe('crash', () => {
    test('kill -9 in a write loop loses nothing acknowledged and leaves nothing half', async (t) => {
      const { underTest, clock } = await fixture(t, makeStore);
      const acknowledged: string[] = [];
      for (let round = 0; round < 3; round += 1)
        acknowledged.push(...(await writeUntilKilled(underTest.crashOpener, round, 20 + 17 * round)));
      assert.ok(acknowledged.length >= 100, `only ${acknowledged.length} creates were acknowledged`);

      const store = await underTest.open(clock);
      for (const name of acknowledged)
        assert.ok(await store.get('model', name), `${name} was acknowledged and is gone`);
      const { items } = await store.list('model', { limit: 1_000 });
      for (const item of items) {
        assert.deepEqual(item.spec, crashSpec(item.name));
        assert.deepEqual(
          await store.tags.get(item.arn),
          { of: item.name },
          'a resource and its tags are written together',
        );
      }
    });
  });
}

/** The names whose creation the child reported before it was killed. */
async function writeUntilKilled(
  opener: { module: URL; argument: string },
  round: number,
  enough: number,
): Promise<string[]> {
  const script = fileURLToPath(new URL('crash-writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, opener.module.href, opener.argument, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const names: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    names.push(line);
    if (names.length === enough) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the child was to die in the middle of its work');
  return names;
}
