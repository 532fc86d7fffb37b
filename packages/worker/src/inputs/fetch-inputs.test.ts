import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { DataError } from '../data-error.ts';
import type { Input, InstanceSpec } from '../instance-spec.ts';
import { type S3Door, openS3Door } from '../testing/s3-door.ts';
import { fetchInputs } from './fetch-inputs.ts';

let door: S3Door;
let folder: string;

before(async () => {
  door = await openS3Door();
  folder = await mkdtemp(join(tmpdir(), 'rung-inputs-'));
  writeFileSync(join(folder, 'connection.json'), JSON.stringify(door.connection));
});
after(async () => {
  await door.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  rmSync(join(folder, 'ml'), { recursive: true, force: true });
  door.objects.clear();
  door.disturb = undefined;
});

function put(objects: Record<string, string | Buffer>): void {
  for (const [address, content] of Object.entries(objects)) door.objects.set(address, Buffer.from(content));
}

async function fetch(
  input: Partial<Input>,
  host: Partial<InstanceSpec> = {},
  signal = new AbortController().signal,
): Promise<string[]> {
  const complete: Input = {
    name: 'train',
    uri: 's3://b/data/',
    type: 'prefix',
    path: 'in',
    distribution: 'replicated',
    transform: 'none',
    ...input,
  };
  const spec = {
    baseDir: join(folder, 'ml'),
    connectionFile: join(folder, 'connection.json'),
    instanceCount: 1,
    index: 0,
    inputs: [complete],
    ...host,
  };
  await fetchInputs(spec as InstanceSpec, signal); // it reads these members only
  return tree(join(folder, 'ml', 'in'));
}

function tree(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted();
}

const content = (name: string): string => readFileSync(join(folder, 'ml', 'in', name), 'utf8');

test('every object below a prefix becomes a file, over several pages of the list; folder marks do not', async () => {
  put({
    'b/data/': '',
    'b/data/a.csv': 'A',
    'b/data/sub/': '',
    'b/data/sub/ü ?&<.csv': 'U',
    'b/data/c': 'C',
    'b/data/d': 'D',
    'b/data/e': 'E',
    'b/other': 'x',
  });
  assert.deepEqual(await fetch({}), ['a.csv', 'c', 'd', 'e', 'sub/ü ?&<.csv']);
  assert.equal(content('sub/ü ?&<.csv'), 'U');
});

test('a prefix that ends within a name matches all names that go on from it', async () => {
  put({ 'b/data/part-1': '1', 'b/data/part-2/x': '2', 'b/data/else': '3' });
  assert.deepEqual(await fetch({ uri: 's3://b/data/part' }), ['part-1', 'part-2/x']);
});

test('a folder is the same with and without its slash', async () => {
  put({ 'b/data/one.csv': '1', 'b/data/deep/two.csv': '2' });
  assert.deepEqual(await fetch({ uri: 's3://b/data' }), ['deep/two.csv', 'one.csv']);
});

test('an object named in full is a file with its last name', async () => {
  put({ 'b/data/one.csv': '1' });
  assert.deepEqual(await fetch({ uri: 's3://b/data/one.csv' }), ['one.csv']);
});

test('sharding deals the objects out in key order, each to one host', async () => {
  put(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`b/data/${index}`, String(index)])));
  assert.deepEqual(await fetch({ distribution: 'sharded' }, { instanceCount: 3, index: 1 }), ['1', '4', '7']);
});

test('a manifest names its objects below a prefix', async () => {
  put({
    'b/m.json': '[{"prefix":"s3://b/data/"},"x/2.pbr","1.pbr"]',
    'b/data/1.pbr': '1',
    'b/data/x/2.pbr': '2',
    'b/data/3.pbr': '3',
  });
  assert.deepEqual(await fetch({ uri: 's3://b/m.json', type: 'manifest' }), ['1.pbr', 'x/2.pbr']);
  for (const wrong of ['{', '{}', '["a"]', '[{"prefix":"s3://b/"}, 1]']) {
    put({ 'b/m.json': wrong });
    await assert.rejects(
      fetch({ uri: 's3://b/m.json', type: 'manifest' }),
      (error) => error instanceof DataError && /is no manifest/.test(error.message),
    );
  }
});

test('gzip objects are decompressed and lose their ending; what is no gzip is told', async () => {
  put({ 'b/data/a.csv.gz': gzipSync('hello'), 'b/data/b.csv': gzipSync('there') });
  assert.deepEqual(await fetch({ transform: 'gunzip' }), ['a.csv', 'b.csv']);
  assert.equal(content('a.csv'), 'hello');
  put({ 'b/data/c.gz': 'plain' });
  await assert.rejects(fetch({ transform: 'gunzip' }), {
    message: /s3:\/\/b\/data\/c\.gz is no gzip file, but its channel says CompressionType Gzip/,
  });
});

test('nothing below a prefix, no bucket, no key: each is told', async () => {
  await assert.rejects(fetch({}), {
    name: 'DataError',
    message: /No S3 objects found under S3 URL "s3:\/\/b\/data\/"/,
  });
  await assert.rejects(fetch({ uri: 's3://no-such-bucket/x' }), { name: 'DataError', message: /NoSuchBucket/ });
  await assert.rejects(fetch({ uri: 's3://b/x', type: 'object' }), {
    name: 'DataError',
    message: /fetch s3:\/\/b\/x.*NoSuchKey/,
  });
  await assert.rejects(fetch({ uri: 'b/x' }), { name: 'DataError', message: /is no S3 address/ });
});

test('a key that would leave its folder, or is file and folder at once, is refused', async () => {
  put({ 'b/data/a/../../../evil': 'x' });
  await assert.rejects(fetch({}), {
    name: 'DataError',
    message: /key cannot be a file: s3:\/\/b\/data\/a\/..\/..\/..\/evil/,
  });
  door.objects.clear();
  put({ 'b/data//etc': 'x' });
  await assert.rejects(fetch({}), { name: 'DataError' });
  assert.ok(!existsSync(join(folder, 'evil')));
  door.objects.clear();
  put({ 'b/data/a': 'x', 'b/data/a/b': 'y' });
  await assert.rejects(fetch({}), { name: 'DataError', message: /file and folder of one name/ });
});

test('broken connections and failing answers are tried again until the bytes are whole', async () => {
  put({ 'b/data/big': Buffer.alloc(300_000, 'x'), 'b/data/small': 'y', 'b/data/z.gz': gzipSync('z'.repeat(1000)) });
  let disturbances = 6;
  door.disturb = () => ((disturbances -= 1) > 0 ? (disturbances % 2 === 0 ? 'break' : 503) : undefined);
  assert.deepEqual(await fetch({}), ['big', 'small', 'z.gz']);
  assert.equal(content('big').length, 300_000);
  disturbances = 4;
  rmSync(join(folder, 'ml'), { recursive: true });
  door.objects.delete('b/data/big');
  door.objects.delete('b/data/small');
  assert.deepEqual(await fetch({ transform: 'gunzip' }), ['z']);
});

test('the platform may come back at another address', async () => {
  put({ 'b/data/a': 'A' });
  const file = join(folder, 'connection.json');
  writeFileSync(file, JSON.stringify({ ...door.connection, endpoint: 'http://127.0.0.1:9' }));
  const fetching = fetch({});
  setTimeout(() => writeFileSync(file, JSON.stringify(door.connection)), 100);
  assert.deepEqual(await fetching, ['a']);
});

test('a stop ends a download at once', async () => {
  put({ 'b/data/a': 'A' });
  const stop = new AbortController();
  door.disturb = () => {
    stop.abort();
    return 503;
  };
  await assert.rejects(fetch({}, {}, stop.signal), { name: 'AbortError' });
});

test('a model archive is unpacked, whatever tar wrote it, and a broken transfer begins anew', async () => {
  const source = join(folder, 'source');
  execFileSync('sh', [
    '-c',
    `mkdir -p ${source}/code && echo m > ${source}/model.json && echo c > ${source}/code/f.py && ln -sf model.json ${source}/latest`,
  ]);
  for (const format of ['gnu', 'posix', 'ustar']) {
    put({ 'b/m.tar.gz': execFileSync('tar', ['-C', source, `--format=${format}`, '-cz', '.']) });
    let disturbances = 2;
    door.disturb = () => ((disturbances -= 1) > 0 ? 'break' : undefined);
    rmSync(join(folder, 'ml'), { recursive: true, force: true });
    assert.deepEqual(
      await fetch({ uri: 's3://b/m.tar.gz', type: 'object', transform: 'untar' }),
      ['code/f.py', 'latest', 'model.json'],
      format,
    );
    assert.equal(content('latest'), 'm\n');
    assert.deepEqual(readdirSync(join(folder, 'ml')), ['in']);
  }
  put({ 'b/m.tar.gz': execFileSync('tar', ['-C', source, '-c', '.']) });
  assert.deepEqual(await fetch({ uri: 's3://b/m.tar.gz', type: 'object', transform: 'untar' }), [
    'code/f.py',
    'latest',
    'model.json',
  ]);
});

test("an archive that names its own root, as Python's tarfile does, is unpacked into its folder", async () => {
  const repacked = await packTar([
    { header: { name: '/', size: 0, type: 'directory' } },
    { header: { name: 'code', size: 0, type: 'directory' } },
    { header: { name: 'code/f.py', size: 1, type: 'file' }, body: 'x' },
  ]);
  put({ 'b/m.tar.gz': gzipSync(repacked) });
  rmSync(join(folder, 'ml'), { recursive: true, force: true });
  assert.deepEqual(await fetch({ uri: 's3://b/m.tar.gz', type: 'object', transform: 'untar' }), ['code/f.py']);
});

test('an archive that reaches out of its folder is refused and leaves nothing', async () => {
  const file = { name: 'a', size: 1, type: 'file' } as const;
  const hostile = {
    dots: [{ header: { ...file, name: 'x/../../evil' }, body: 'x' }],
    absolute: [{ header: { ...file, name: '/tmp/rung-evil' }, body: 'x' }],
    link: [{ header: { name: 'l', size: 0, type: 'symlink', linkname: '../../..' } }],
    'absolute link': [{ header: { name: 'l', size: 0, type: 'symlink', linkname: '/etc' } }],
    'link by link': [
      { header: { name: 'a', size: 0, type: 'symlink', linkname: '.' } },
      { header: { name: 'b', size: 0, type: 'symlink', linkname: 'a/..' } },
      { header: { ...file, name: 'b/evil' }, body: 'x' },
    ],
    'hard link': [{ header: { name: 'l', size: 0, type: 'link', linkname: '../../../../../../etc/passwd' } }],
    device: [{ header: { name: 'd', size: 0, type: 'character-device' } }],
    fifo: [{ header: { name: 'd', size: 0, type: 'fifo' } }],
  } as const;
  for (const [name, entries] of Object.entries(hostile)) {
    rmSync(join(folder, 'ml'), { recursive: true, force: true });
    put({ 'b/m.tar.gz': gzipSync(await packTar(entries)) });
    await assert.rejects(
      fetch({ uri: 's3://b/m.tar.gz', type: 'object', transform: 'untar' }),
      { name: 'DataError', message: /s3:\/\/b\/m\.tar\.gz was refused/ },
      name,
    );
    assert.ok(
      !existsSync(join(folder, 'ml', 'in')) && !existsSync('/tmp/rung-evil') && !existsSync(join(folder, 'ml', 'evil')),
      name,
    );
  }
});

test('what is no archive, or half of one, is told', async () => {
  const whole = gzipSync(
    await packTar([{ header: { name: 'a', size: 100_000, type: 'file' }, body: Buffer.alloc(100_000, 'ab') }]),
  );
  for (const [name, bytes] of Object.entries({
    text: 'hello '.repeat(500),
    half: whole.subarray(0, whole.length / 2),
    empty: '',
    short: 'x',
  })) {
    put({ 'b/m.tar.gz': bytes });
    await assert.rejects(
      fetch({ uri: 's3://b/m.tar.gz', type: 'object', transform: 'untar' }),
      { name: 'DataError', message: /s3:\/\/b\/m\.tar\.gz/ },
      name,
    );
  }
});
