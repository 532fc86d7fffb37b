import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./on-a-small-disk.ts', import.meta.url));

test('on a full disk the platform says so, serves on, loses nothing, and goes on by itself when there is room again', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const inside = 'mount -t tmpfs -o size=32m none "$1" && exec "$2" "$3" "$1"';
  const namespace = ['--user', '--map-root-user', '--mount'];
  const args = [...namespace, 'sh', '-c', inside, 'sh', folder, process.execPath, script];
  const probe = spawnSync('unshare', [...namespace, 'sh', '-c', 'mount -t tmpfs none "$1"', 'sh', folder], {
    encoding: 'utf8',
  });
  if (probe.status !== 0)
    return t.skip(`this system lends no mount namespace to make a small disk in: ${probe.stderr?.trim()}`);
  const { status, stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stderr);

  // The script's own answer, just below.
  const said = JSON.parse(stdout) as {
    tooLarge: string;
    refusal: string;
    whenFull: Record<string, string>;
    tight: string;
    afterwards: Record<string, string>;
    kept: string[];
  };
  const noRoom =
    /^InsufficientStorage 507: The disk that holds the objects is full; nothing of this object was kept\. Free some space/;
  assert.match(said.tooLarge, noRoom);
  assert.match(said.refusal, noRoom);
  const { created, ...others } = said.whenFull;
  assert.deepEqual(others, { read: 'done', invoked: 'done', listed: 'done' });
  assert.match(
    created ?? '',
    /^ServiceUnavailable 503: The disk that holds the platform's state folder is full.*Free some space/,
  );
  assert.match(said.tight, /^Failed ClientError: .*[Nn]o space is left on the disk/);
  assert.deepEqual(said.afterwards, { put: 'done', trained: 'Completed', invoked: 'done' });
  assert.deepEqual(said.kept, [
    'afterwards',
    'big/points.csv',
    'models/afterwards/output/model.tar.gz',
    'models/before/output/model.tar.gz',
    'points/points.csv',
  ]);
});
