/** Pipe mode as a program meets it: real workers, real named pipes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Input, InstanceReport, InstanceSpec, PipeDelivery } from '../../instance-spec.ts';
import { type TestInstance, makeInstance } from '../../testing/instance.ts';
import { type S3Door, openS3Door } from '../../testing/s3-door.ts';

let door: S3Door;
before(async () => {
  door = await openS3Door();
});
after(() => door.close());
beforeEach(() => {
  door.objects.clear();
  door.disturb = undefined;
});

function put(objects: Record<string, string | Buffer>): void {
  for (const [address, content] of Object.entries(objects)) door.objects.set(address, Buffer.from(content));
}

type Channel = Partial<Omit<Input, 'delivery'>> & Partial<Omit<PipeDelivery, 'type'>>;

function channel({ recordio = false, attributes = [], shuffleSeed, ...more }: Channel = {}): Input {
  return {
    name: 'train',
    uri: 's3://b/data/',
    type: 'prefix',
    path: 'input/data/train',
    distribution: 'replicated',
    transform: 'none',
    ...more,
    delivery: { type: 'pipe', recordio, attributes, ...(shuffleSeed === undefined ? {} : { shuffleSeed }) },
  };
}

async function job(
  t: TestContext,
  script: string,
  input: Input | Input[],
  spec: Partial<InstanceSpec> = {},
): Promise<TestInstance> {
  const inputs = [input].flat();
  const made = await makeInstance({ program: { argv: ['sh', '-c', script] }, inputs, ...spec }, door.connection);
  t.after(() => made.remove());
  return made;
}

/** Runs a program, and sees to it that no pipe is left. */
async function run(
  t: TestContext,
  script: string,
  input: Input | Input[],
  spec: Partial<InstanceSpec> = {},
): Promise<{ exit: InstanceReport['exit']; file: (name: string) => Buffer; log: string[] }> {
  const made = await job(t, script, input, spec);
  const { exit } = await made.run();
  assert.equal(made.complaints(), '');
  assert.deepEqual(pipesLeft(made), []);
  return { exit, file: (name) => readFileSync(join(made.spec.baseDir, name)), log: made.log() };
}

function pipesLeft(made: TestInstance): string[] {
  const entries = readdirSync(made.spec.baseDir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFIFO()).map(({ name }) => name);
}

test('objects come joined in the order of their keys, the same in each epoch, each epoch in a pipe of its own', async (t) => {
  put({ 'b/data/b.csv': 'B\n', 'b/data/a.csv': 'A\n', 'b/data/c/d.csv': 'D\n', 'b/data/e': 'E', 'b/data/': '' });
  const { exit, file } = await run(
    t,
    'cd input/data && ls > ../before && cat train_0 > ../0 && ls > ../between && cat train_1 > ../1 && cat train_2 > ../2',
    channel(),
  );
  assert.deepEqual(exit, { reason: 'completed', code: 0 });
  for (const epoch of [0, 1, 2]) assert.equal(file(`input/${epoch}`).toString(), 'A\nB\nD\nE');
  assert.deepEqual([file('input/before').toString(), file('input/between').toString()], ['train_0\n', 'train_1\n']);
});

test('a reader may close early; the next epoch begins at the beginning', async (t) => {
  put({ 'b/data/a': Buffer.alloc(3_000_000, 'a'), 'b/data/b': Buffer.alloc(3_000_000, 'b') });
  const wait = 'until [ -p input/data/train_1 ]; do sleep 0.01; done';
  const { exit, file } = await run(
    t,
    `head -c 5 input/data/train_0 > 0 && ${wait} && cat input/data/train_1 > 1`,
    channel(),
  );
  assert.equal(exit?.reason, 'completed');
  assert.equal(file('0').toString(), 'aaaaa');
  assert.ok(file('1').equals(Buffer.concat([Buffer.alloc(3_000_000, 'a'), Buffer.alloc(3_000_000, 'b')])));
});

test('a program that never opens its pipes, or ends in the middle of an epoch, ends its job', async (t) => {
  put({ 'b/data/a': Buffer.alloc(1_000_000, 'a'), 'b/other/a': 'x' });
  const two = [channel(), channel({ name: 'other', uri: 's3://b/other/', path: 'input/data/other' })];
  assert.equal((await run(t, 'exit 0', two)).exit?.reason, 'completed');
  const { exit } = await run(t, 'exec 3< input/data/train_0; read -r line <&3 & sleep 0.05; exit 4', two);
  assert.deepEqual([exit?.reason, exit?.code], ['program-failed', 4]);
});

test('a job that is stopped while its pipe waits ends at once', async (t) => {
  put({ 'b/data/a': Buffer.alloc(1_000_000, 'a') });
  for (const script of ['sleep 60', 'exec 3< input/data/train_0; sleep 60']) {
    const made = await job(t, `echo ready; ${script}`, channel());
    const worker = made.start();
    for (let tries = 0; !existsSync(made.spec.logFile) || !made.log().includes('ready'); tries += 1) {
      assert.ok(tries < 1000, 'the program started');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    worker.kill('SIGTERM');
    await once(worker, 'close');
    assert.equal(made.report().exit?.reason, 'stopped');
    assert.deepEqual(pipesLeft(made), []);
  }
});

test('gzip objects come decompressed', async (t) => {
  put({
    'b/data/a.gz': gzipSync('first '),
    'b/data/b.gz': Buffer.concat([gzipSync('sec'), gzipSync('ond')]),
    'b/data/c.gz': gzipSync(Buffer.alloc(2_000_000, 'c')),
  });
  const { file } = await run(t, 'cat input/data/train_0 > out', channel({ transform: 'gunzip' }));
  assert.equal(file('out').toString(), `first second${'c'.repeat(2_000_000)}`);
});

test('RecordIO wrapping makes each object a record, padded to four bytes', async (t) => {
  const large = Buffer.alloc(300_001, 'x');
  put({ 'b/data/a': 'five5', 'b/data/b': '', 'b/data/c': large, 'b/data/d': 'four' });
  const { file } = await run(t, 'cat input/data/train_0 > out', channel({ recordio: true }));
  assert.deepEqual(records(file('out')), ['five5', '', large.toString(), 'four']);
  assert.equal(file('out').subarray(0, 8).toString('hex'), '0a23d7ce05000000');
  put({ 'b/zip/a': gzipSync('hello') });
  const zipped = channel({ recordio: true, transform: 'gunzip', uri: 's3://b/zip/' });
  assert.deepEqual(records((await run(t, 'cat input/data/train_0 > out', zipped)).file('out')), ['hello']);
});

function records(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    assert.equal(bytes.readUInt32LE(at), 0xced7230a);
    const length = bytes.readUInt32LE(at + 4);
    found.push(bytes.toString('utf8', at + 8, at + 8 + length));
    at += 8 + length + ((4 - (length % 4)) % 4);
  }
  return found;
}

test('an augmented manifest sends its attributes in the order that was asked for, what -ref names as content', async (t) => {
  put({
    'b/img/1.jpg': 'one',
    'b/img/2.jpg': 'two',
    'b/m.jsonl':
      '{"image-ref": "s3://b/img/2.jpg", "label": 7, "extra": true}\n\n{"label": {"cat": [1, 2]}, "image-ref": "s3://b/img/1.jpg"}\r\n{"image-ref": "s3://b/img/1.jpg", "label": "text"}',
  });
  const input = channel({
    uri: 's3://b/m.jsonl',
    type: 'augmented-manifest',
    recordio: true,
    attributes: ['label', 'image-ref'],
  });
  const { file } = await run(t, 'cat input/data/train_0 > out', input);
  assert.deepEqual(records(file('out')), ['7', 'two', '{"cat":[1,2]}', 'one', 'text', 'one']);
});

test('a manifest names the objects', async (t) => {
  put({ 'b/m': '[{"prefix":"s3://b/data/"},"z","y"]', 'b/data/x': 'X', 'b/data/y': 'Y', 'b/data/z': 'Z' });
  const { file } = await run(t, 'cat input/data/train_0 > out', channel({ uri: 's3://b/m', type: 'manifest' }));
  assert.equal(file('out').toString(), 'YZ');
});

test('shuffling gives each epoch its own order, the same for the same seed, and all hosts together get everything', async (t) => {
  const names = Array.from({ length: 20 }, (_, index) => String.fromCharCode(65 + index));
  put(Object.fromEntries(names.map((name) => [`b/data/${name}`, name])));
  const script = 'cat input/data/train_0 > 0 && cat input/data/train_1 > 1';
  const epochs = async (input: Input, spec: Partial<InstanceSpec> = {}): Promise<string[]> => {
    const { file } = await run(t, script, input, spec);
    return [file('0').toString(), file('1').toString()];
  };
  const first = await epochs(channel({ shuffleSeed: 7 }));
  assert.deepEqual(await epochs(channel({ shuffleSeed: 7 })), first);
  assert.notDeepEqual(await epochs(channel({ shuffleSeed: 8 })), first);
  assert.notEqual(first[0], first[1]);
  for (const epoch of first) assert.deepEqual(letters(epoch), names);
  const sharded = channel({ shuffleSeed: 7, distribution: 'sharded' });
  const hosts = [
    await epochs(sharded, { instanceCount: 2, index: 0 }),
    await epochs(sharded, { instanceCount: 2, index: 1 }),
  ];
  for (const epoch of [0, 1])
    assert.deepEqual(letters(hosts.map((host) => host[epoch]).join('')), names, 'each object goes to one host');
  assert.notDeepEqual(letters(hosts[0]?.[0]), letters(hosts[0]?.[1]));
});

function letters(text = ''): string[] {
  return text.split('').toSorted();
}

test('connections that break are taken up again where they broke', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 251));
  put({ 'b/data/a': bytes, 'b/data/b.gz': bytes });
  let disturbances = 7;
  door.disturb = () => ((disturbances -= 1) > 0 ? (disturbances % 2 === 0 ? 'break' : 503) : undefined);
  const { file } = await run(t, 'cat input/data/train_0 > out', channel());
  assert.ok(file('out').equals(Buffer.concat([bytes, bytes])));
});

const ref = { type: 'augmented-manifest', uri: 's3://b/m', recordio: true, attributes: ['x-ref'] } as const;
const mistakes: Record<string, { objects: Record<string, string | Buffer>; input: Channel; says: RegExp }> = {
  'nothing there': { objects: {}, input: {}, says: /No S3 objects found under S3 URL "s3:\/\/b\/data\/"/ },
  'no gzip': {
    objects: { 'b/data/a': 'plain' },
    input: { transform: 'gunzip' },
    says: /s3:\/\/b\/data\/a is no gzip file, or is cut off/,
  },
  'half a gzip': {
    objects: { 'b/data/a': gzipSync(Buffer.alloc(100_000, 'ab')).subarray(0, 60) },
    input: { transform: 'gunzip' },
    says: /s3:\/\/b\/data\/a is no gzip file, or is cut off/,
  },
  'a manifest that is no JSON': { objects: { 'b/m': 'a,b' }, input: { ...ref }, says: /Line 1 of the .* is no JSON/ },
  'a manifest cut off': {
    objects: { 'b/m': '{"x-ref":"s3://b/1"}\n{"x-re', 'b/1': '1' },
    input: { ...ref },
    says: /Line 2 of the augmented manifest s3:\/\/b\/m is no JSON/,
  },
  'a line that is a list': { objects: { 'b/m': '[]' }, input: { ...ref }, says: /Line 1 .* is no JSON object/ },
  'a missing attribute': {
    objects: { 'b/m': '{"y": 1}' },
    input: { ...ref },
    says: /Line 1 .* has no attribute "x-ref"; it has: y/,
  },
  'a reference that is no address': {
    objects: { 'b/m': '{"x-ref": 5}' },
    input: { ...ref },
    says: /Line 1 .* has 5 as "x-ref", which is no S3 address/,
  },
  'a reference to nothing': {
    objects: { 'b/m': '{"x-ref": "s3://b/none"}' },
    input: { ...ref },
    says: /Line 1 of .*Could not read s3:\/\/b\/none.*NoSuchKey/,
  },
  'a manifest that is not there': { objects: {}, input: { ...ref }, says: /Could not read s3:\/\/b\/m.*NoSuchKey/ },
};

for (const [title, { objects, input, says }] of Object.entries(mistakes)) {
  test(`${title}: the job fails and says so, and no program takes half of its data for all of it`, async (t) => {
    put(objects);
    const { exit, log } = await run(t, 'cat input/data/train_0 > out && echo complete', channel(input));
    assert.equal(exit?.reason, 'data-failed');
    assert.match(exit.message ?? '', says);
    assert.match(exit.message ?? '', /^Channel train: /);
    assert.ok(log.includes(exit.message ?? ''));
    assert.ok(!log.includes('complete'));
  });
}
