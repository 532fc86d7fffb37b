import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import type { InstanceSpec, Output } from '../instance-spec.ts';
import { Platform } from '../platform/platform.ts';
import { type S3Door, openS3Door } from '../testing/s3-door.ts';
import { storeOutputs } from './store-outputs.ts';
import { uploadStream } from './upload-stream.ts';

let door: S3Door;
let folder: string;
let model: string;

beforeEach(async () => {
  door = await openS3Door();
  folder = await mkdtemp(join(tmpdir(), 'rung-outputs-'));
  model = join(folder, 'ml', 'model');
  mkdirSync(model, { recursive: true });
  writeFileSync(join(folder, 'connection.json'), JSON.stringify(door.connection));
});
afterEach(async () => {
  await door.close();
  await rm(folder, { recursive: true });
});

async function store(output: Partial<Output> = {}, signal = new AbortController().signal): Promise<string[]> {
  const complete: Output = {
    name: 'model',
    path: 'model',
    uri: 's3://b/job/output/model.tar.gz',
    archive: 'tar.gz',
    skipEmpty: false,
    ...output,
  };
  const spec = { baseDir: join(folder, 'ml'), connectionFile: join(folder, 'connection.json'), mountOptMl: false };
  const notices: string[] = [];
  await storeOutputs(spec as InstanceSpec, [complete], (text) => notices.push(text), signal); // it reads these members only
  return notices;
}

function listArchive(key = 'b/job/output/model.tar.gz'): string[] {
  const text = execFileSync('tar', ['-tvz'], { input: door.objects.get(key), encoding: 'utf8' });
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^(.)\S+\s+(\S+)\s+\d+ \S+ \S+ /, '$1 $2 '))
    .toSorted();
}

test('an archive has relative paths, files, folders and links that stay inside, and belongs to nobody', async () => {
  mkdirSync(join(model, 'sub', 'empty'), { recursive: true });
  writeFileSync(join(model, 'weights'), 'w');
  symlinkSync('../weights', join(model, 'sub', 'relative'));
  symlinkSync(join(model, 'weights'), join(model, 'sub', 'absolute'));
  symlinkSync('missing', join(model, 'dangling'));
  symlinkSync('/etc/passwd', join(model, 'outside'));
  symlinkSync('..', join(model, 'up'));
  symlinkSync('up/../../x', join(model, 'round'));
  execFileSync('mkfifo', [join(model, 'fifo')]);
  const notices = await store();
  assert.deepEqual(listArchive(), [
    '- 0/0 weights',
    'd 0/0 sub/',
    'd 0/0 sub/empty/',
    'l 0/0 dangling -> missing',
    'l 0/0 sub/absolute -> ../weights',
    'l 0/0 sub/relative -> ../weights',
  ]);
  assert.deepEqual(notices.toSorted(), [
    'Not stored: fifo is no regular file.',
    'Not stored: outside is a link to a place outside its folder.',
    'Not stored: round is a link to a place outside its folder.',
    'Not stored: up is a link to a place outside its folder.',
  ]);
});

test('an empty folder is an empty archive, or nothing where that is asked for', async () => {
  await store();
  assert.deepEqual(listArchive(), []);
  door.objects.clear();
  await store({ skipEmpty: true });
  await rm(model, { recursive: true });
  await store({ skipEmpty: true });
  assert.equal(door.objects.size, 0);
  await store();
  assert.deepEqual(listArchive(), []);
});

test('without an archive, every file is an object below the prefix', async () => {
  mkdirSync(join(model, 'sub'));
  writeFileSync(join(model, 'a'), 'A');
  writeFileSync(join(model, 'sub', 'b'), '');
  await store({ archive: 'none', uri: 's3://b/job/out' });
  assert.deepEqual([...door.objects.keys()].toSorted(), ['b/job/out/a', 'b/job/out/sub/b']);
});

test('a large stream is stored in parts, through failing answers, byte by byte the same', async () => {
  const bytes = Buffer.alloc(20 * 2 ** 20 + 123);
  for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
  let calls = 0;
  door.disturb = () => ((calls += 1) % 2 === 1 ? 503 : undefined);
  const pieces = Array.from({ length: 211 }, (_, index) => bytes.subarray(index * 100_000, (index + 1) * 100_000));
  await uploadStream(
    new Platform(join(folder, 'connection.json')),
    { bucket: 'b', key: 'big' },
    Readable.from(pieces),
    new AbortController().signal,
  );
  assert.ok(door.objects.get('b/big')?.equals(bytes));
});

test('a bucket that is not there, or no right to it, ends the storing with the reason', async () => {
  writeFileSync(join(model, 'weights'), 'w');
  await assert.rejects(store({ uri: 's3://no-such-bucket/x' }), {
    name: 'DataError',
    message: /store s3:\/\/no-such-bucket\/x.*NoSuchBucket/,
  });
  door.disturb = () => 403;
  await assert.rejects(store(), { name: 'DataError', message: /AccessDenied/ });
});

test('outputs wait for a platform that is away, until they are abandoned', async () => {
  const file = join(folder, 'connection.json');
  writeFileSync(file, JSON.stringify({ ...door.connection, endpoint: 'http://127.0.0.1:9' }));
  const stored = store();
  setTimeout(() => writeFileSync(file, JSON.stringify(door.connection)), 150);
  await stored;
  assert.equal(door.objects.size, 1);
  writeFileSync(file, JSON.stringify({ ...door.connection, endpoint: 'http://127.0.0.1:9' }));
  await assert.rejects(store({}, AbortSignal.timeout(200)), { name: 'TimeoutError' });
});
