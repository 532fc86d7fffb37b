/** Environments over real Pythons, with locks of nothing: what is made, once, whoever asks and whatever is killed. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { containerfile } from './containerfile.ts';
import { environmentNames } from './environment-ref.ts';
import { declarations, type Lock, lockName, readLock } from './declarations.ts';
import { Environments } from './environments.ts';
import { findPython } from './find-python.ts';
import { InstallProgress } from './install-progress.ts';

const scikitLearn = { name: 'scikit-learn', accelerator: 'cpu' } as const;
/** Where `tools/script-environments.ts` has put uv: brought for each test anew it would cost a download. */
const tools = join(import.meta.dirname, '../../../../.cache/environments/.tools');
const skip =
  findPython(declarations['scikit-learn'].belowPython) === undefined
    ? 'there is no Python 3.10 or newer on PATH'
    : existsSync(tools)
      ? false
      : 'there is no uv: run `node tools/script-environments.ts`';

function folderWithLock(t: TestContext, lockText = ''): { root: string; open: () => Environments } {
  const root = mkdtempSync(join(tmpdir(), 'env-'));
  t.after(async () => {
    // An installer that was told to stop may still be writing its last file.
    for (const pause of [0, 200, 1000]) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    }
  });
  mkdirSync(join(root, 'environments'));
  if (existsSync(tools)) symlinkSync(tools, join(root, 'environments/.tools'));
  const file = join(root, '.lock.txt');
  writeFileSync(file, lockText);
  const lock = (name: string): Lock => ({ name, file, text: lockText, hash: 'abc', packages: 0 });
  return { root, open: () => new Environments(join(root, 'environments'), { readLock: lock }) };
}

test('two control planes that need an environment at once make it once, and both go on', { skip }, async (t) => {
  const { root, open } = folderWithLock(t);
  const [one, other] = [open(), open()];
  const steps: string[] = [];
  await Promise.all([
    one.ensure(scikitLearn, ({ step }) => steps.push(step)),
    one.ensure(scikitLearn),
    other.ensure(scikitLearn, ({ step }) => steps.push(step)),
  ]);
  assert.ok(one.isReady(scikitLearn) && other.isReady(scikitLearn));
  assert.equal(steps.filter((step) => step === 'resolving the packages').length, 1, steps.join(', '));
  const made = readdirSync(join(root, 'environments')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(made, ['scikit-learn-abc']);
  const python = one.paths(scikitLearn)?.python ?? '';
  assert.equal(
    spawnSync(python, ['-c', 'import sys; print(sys.prefix != sys.base_prefix)'], { encoding: 'utf8' }).stdout,
    'True\n',
  );
  assert.deepEqual(
    one.list().map(({ name, current }) => [name, current]),
    [['scikit-learn', true]],
  );
  await one.remove(one.list()[0] ?? assert.fail());
  assert.equal(other.isReady(scikitLearn), false);
});

test('a process killed while it built holds nobody up, and what it left is cleared away', { skip }, async (t) => {
  const { root, open } = folderWithLock(t);
  const environments = join(root, 'environments');
  mkdirSync(join(environments, '.building-scikit-learn-abc-1-dead'), { recursive: true });
  const holder = `
    import { takeBuildLock } from ${JSON.stringify(new URL('build-lock.ts', import.meta.url).href)};
    await takeBuildLock(${JSON.stringify(join(environments, '.lock-scikit-learn'))}, () => false, new AbortController().signal);
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const ensured = open().ensure(scikitLearn);
  assert.equal(
    await Promise.race([ensured.then(() => 'made'), new Promise((resolve) => setTimeout(resolve, 500, 'waits'))]),
    'waits',
  );
  child.kill('SIGKILL');
  await ensured;
  assert.deepEqual(
    readdirSync(environments).filter((name) => name.startsWith('.building')),
    [],
  );
});

test(
  "a build that fails tells each of its waiters once, with the installer's words; the next one begins anew",
  { skip },
  async (t) => {
    const hash = `sha256:${'0'.repeat(64)}`;
    const { root, open } = folderWithLock(t, `nothing @ file:///nowhere/nothing-1.0-py3-none-any.whl --hash=${hash}\n`);
    const environments = open();
    const news = new Promise<void>((resolve) => {
      environments.onProgress((waiter) => {
        if (waiter === 'b' && environments.prepare(scikitLearn, 'a').type === 'failed') resolve();
      });
    });
    assert.equal(environments.prepare(scikitLearn, 'a').type, 'building');
    const first = environments.prepare(scikitLearn, 'b');
    assert.equal(first.type, 'building');
    await news;
    const failed = environments.prepare(scikitLearn, 'b');
    assert.ok(
      failed.type === 'failed' && /^Environment scikit-learn could not be made: .*nothing/s.test(failed.reason),
      JSON.stringify(failed),
    );
    assert.equal(environments.prepare(scikitLearn, 'b').type, 'building');
    await environments.close();
    assert.ok(!existsSync(join(root, 'environments', 'scikit-learn-abc')));
  },
);

test('a machine without Python: refused, with how to get it', (t) => {
  const path = process.env['PATH'];
  t.after(() => (process.env['PATH'] = path));
  process.env['PATH'] = '/nowhere';
  const { open } = folderWithLock(t);
  const refusal = open().refuse(scikitLearn);
  assert.match(refusal?.reason ?? '', /needs Python 3\.10 to 3\.14, and this machine has none/);
  assert.match(refusal?.remedy ?? '', /apt install python3/);
  assert.equal(open().refuse({ name: 'node', accelerator: 'cpu' }), undefined);
});

test('every environment has a lock with exact versions and hashes, and a Containerfile of the same', () => {
  const names = new Set(
    environmentNames.flatMap((name) => [
      lockName({ name, accelerator: 'cpu' }),
      lockName({ name, accelerator: 'gpu' }),
    ]),
  );
  for (const name of names) {
    if (name === undefined) continue;
    const lock = readLock(name);
    const lines = lock.text.split('\n').filter((line) => line !== '' && !line.startsWith(' ') && !line.startsWith('#'));
    for (const line of lines) assert.match(line, /^[a-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+/i, `${name}: ${line}`);
    assert.ok(lock.text.split('--hash=').length > lines.length, name);
    const text = containerfile(lock, '3.12');
    assert.match(text, /^FROM python:3\.12-slim$/m);
    assert.ok(text.includes(lock.text.trimEnd()));
  }
});

test('what uv and pip print is read as progress', () => {
  const uv = new InstallProgress(2);
  assert.equal(uv.read('Resolved 20 packages in 395ms'), undefined);
  assert.deepEqual(uv.read('Downloading pyarrow (60.0MiB)')?.step, 'downloading, 0 of 60 MB');
  assert.deepEqual(uv.read('Downloading torch (1.0GiB)')?.step, 'downloading, 0 of 1084 MB');
  const half = uv.read(' Downloaded torch');
  assert.ok((half?.fraction ?? 0) > 0.75 && half?.step === 'downloading, 1024 of 1084 MB');
  assert.equal(uv.read('Installed 20 packages in 425ms')?.step, 'compiling');
  assert.equal(new InstallProgress(4).read('Collecting numpy==2.0')?.step, 'downloading, package 1');
});
