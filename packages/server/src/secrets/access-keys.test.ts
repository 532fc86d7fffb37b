import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openAccessKeys } from './access-keys.ts';

function stateDir(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rung-keys-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the first start makes one key that only its owner can read, the next start keeps it', async (t) => {
  const folder = stateDir(t);
  const key = (await openAccessKeys(folder)).first();
  assert.match(key.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(key.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.equal(key.name, 'first');
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600);
  assert.deepEqual((await openAccessKeys(folder)).first(), key);
  assert.deepEqual(readdirSync(folder), ['keys.json']);
});

test('two first starts at once agree on one key', async (t) => {
  const folder = stateDir(t);
  const [a, b] = await Promise.all([openAccessKeys(folder), openAccessKeys(folder)]);
  assert.deepEqual(a.first(), b.first());
});

test('a key that another process adds works at once, one that it removes ends within a second', async (t) => {
  const folder = stateDir(t);
  const server = await openAccessKeys(folder);
  const cli = await openAccessKeys(folder);
  const added = await cli.add({ name: 'alice', description: 'laptop' });
  assert.deepEqual(server.find(added.accessKeyId), added);
  await cli.remove('alice');
  const until = performance.now() + 5000;
  while (server.find(added.accessKeyId) !== undefined && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.find(added.accessKeyId), undefined);
});

test('many adders at once lose no key', async (t) => {
  const folder = stateDir(t);
  const openers = await Promise.all(Array.from({ length: 4 }, () => openAccessKeys(folder)));
  await Promise.all(openers.flatMap((keys) => [keys.add(), keys.add(), keys.add()]));
  const names = (await openAccessKeys(folder)).list().map((key) => key.name);
  assert.equal(names.length, 13);
  assert.equal(new Set(names).size, 13);
});

test('a list shows no secret, and the last key is not removed without force', async (t) => {
  const keys = await openAccessKeys(stateDir(t));
  assert.ok(keys.list().every((key) => !('secretAccessKey' in key)));
  await assert.rejects(keys.remove('first'), { name: 'KeyRefused', message: /last key/ });
  await assert.rejects(keys.remove('nobody'), { message: /There is no key "nobody"/ });
  await keys.add({ name: 'second' });
  await assert.rejects(keys.add({ name: 'second' }), { message: /exists already/ });
  await keys.remove('first');
  await keys.remove('second', { force: true });
  assert.deepEqual(keys.list(), []);
});

test('a damaged file is named and its content is not told', async (t) => {
  const folder = stateDir(t);
  for (const text of [
    '{"keys": secret',
    '{"version":1,"keys":[{"accessKeyId":"AKIAAAAAAAAAAAAAAAAA","secretAccessKey":3}]}',
  ]) {
    writeFileSync(join(folder, 'keys.json'), text);
    await assert.rejects(openAccessKeys(folder), (error) => {
      assert.ok(error instanceof Error);
      assert.equal(error.name, 'KeyFileDamaged');
      assert.match(error.message, /keys\.json cannot be read/);
      assert.doesNotMatch(error.message, /secret\b|AKIA/);
      return true;
    });
    assert.equal(readFileSync(join(folder, 'keys.json'), 'utf8'), text);
  }
});

test('a file that others could read is closed to them', async (t) => {
  const folder = stateDir(t);
  await openAccessKeys(folder);
  chmodSync(join(folder, 'keys.json'), 0o644);
  await openAccessKeys(folder);
  assert.equal(statSync(join(folder, 'keys.json')).mode & 0o777, 0o600);
});

test('a lock that a dead process left is taken over', async (t) => {
  const folder = stateDir(t);
  const lock = join(folder, 'keys.json.lock');
  writeFileSync(lock, '');
  utimesSync(lock, new Date(0), new Date(0));
  assert.equal((await openAccessKeys(folder)).list().length, 1);
});

test('a session token opens to its session, also after a restart; any change of it opens nothing', async (t) => {
  const folder = stateDir(t);
  const keys = await openAccessKeys(folder, { now: () => new Date(1_000_000) });
  const parent = (await keys.add({ name: 'alice' })).accessKeyId;
  const issued = keys.issueSession({
    parent,
    arn: 'arn:aws:sts::000000000000:assumed-role/R/s',
    userId: 'AROA:s',
    durationSeconds: 900,
  });
  assert.match(issued.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.equal(issued.secretAccessKey.length, 40);
  assert.equal(issued.expiration.getTime(), 1_900_000);
  const opened = (await openAccessKeys(folder)).openSession(issued.sessionToken);
  assert.equal(opened?.secretAccessKey, issued.secretAccessKey);
  assert.equal(opened?.session.accessKeyId, issued.accessKeyId);
  assert.equal(opened?.session.expires, 1900);
  for (const at of [0, 10, issued.sessionToken.length - 2]) {
    const letter = issued.sessionToken[at] === 'A' ? 'B' : 'A';
    assert.equal(
      keys.openSession(issued.sessionToken.slice(0, at) + letter + issued.sessionToken.slice(at + 1)),
      undefined,
    );
  }
  assert.equal(keys.openSession('nonsense'), undefined);
  assert.equal((await openAccessKeys(stateDir(t))).openSession(issued.sessionToken), undefined);
  await keys.remove('alice');
  assert.equal(keys.openSession(issued.sessionToken), undefined);
});
