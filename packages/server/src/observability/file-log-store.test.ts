import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { fileLogStore } from './file-log-store.ts';
import { InvalidLogToken, LogGroupNotFound, LogStreamNotFound } from './log-errors.ts';
import type { LogStore } from './log-store.ts';

const GROUP = '/aws/sagemaker/TrainingJobs';
const STREAM = 'job/algo-1-1700000000';

describe('reading', () => {
  test('pages forward to the end, where the token stays and later events come', async (t) => {
    const logs = await place(t);
    await logs.append(GROUP, STREAM, events(0, 5));
    const first = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 3 });
    assert.deepEqual(texts(first), ['m0', 'm1', 'm2']);
    const second = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 3, token: first.nextForwardToken });
    assert.deepEqual(texts(second), ['m3', 'm4']);
    const end = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 3, token: second.nextForwardToken });
    assert.deepEqual(end.events, []);
    assert.equal(end.nextForwardToken, second.nextForwardToken);
    await logs.append(GROUP, STREAM, events(5, 6));
    assert.deepEqual(
      texts(await logs.read(GROUP, STREAM, { startFromHead: true, limit: 3, token: end.nextForwardToken })),
      ['m5'],
    );
  });

  test('without a token and not from the head, the newest come; the backward token leads to the older', async (t) => {
    const logs = await place(t);
    await logs.append(GROUP, STREAM, events(0, 5));
    const newest = await logs.read(GROUP, STREAM, { startFromHead: false, limit: 2 });
    assert.deepEqual(texts(newest), ['m3', 'm4']);
    const older = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 9, token: newest.nextBackwardToken });
    assert.deepEqual(texts(older), ['m0', 'm1', 'm2']);
    const oldest = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 9, token: older.nextBackwardToken });
    assert.deepEqual(oldest.events, []);
    assert.equal(oldest.nextBackwardToken, older.nextBackwardToken);
    const forward = await logs.read(GROUP, STREAM, { startFromHead: false, limit: 9, token: newest.nextForwardToken });
    assert.deepEqual(forward.events, []);
  });

  test('both directions give the same events whatever their lengths, the page size and the last line being written', async (t) => {
    const logs = await place(t);
    const lengths = fc.array(fc.oneof(fc.nat(50), fc.constantFrom(16_370, 16_384, 40_000, 300_000)), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        lengths,
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('', '17', '17 half'),
        async (sizes, limit, partial) => {
          await logs.removeGroup(GROUP);
          const written = sizes.map((size, index) => ({
            timestamp: new Date(index),
            message: String.fromCharCode(97 + index).repeat(size),
          }));
          await logs.append(GROUP, STREAM, written);
          appendFileSync(logs.filePath(GROUP, STREAM), partial);
          const expected = written.map(({ message }) => message);
          assert.deepEqual(await all(logs, limit, true), expected);
          assert.deepEqual(await all(logs, limit, false), expected);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('times bound what is read: the start is included, the end is not', async (t) => {
    const logs = await place(t);
    await logs.append(GROUP, STREAM, events(0, 10));
    const query = { startTime: new Date(3), endTime: new Date(6), limit: 100 };
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { ...query, startFromHead: true })), ['m3', 'm4', 'm5']);
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { ...query, startFromHead: false })), ['m3', 'm4', 'm5']);
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { ...query, startFromHead: false, limit: 2 })), ['m4', 'm5']);
  });

  test('what does not exist is named, and a token that is not ours is refused', async (t) => {
    const logs = await place(t);
    const query = { startFromHead: true, limit: 1 };
    await assert.rejects(logs.read(GROUP, STREAM, query), LogGroupNotFound);
    await assert.rejects(logs.listStreams(GROUP, { limit: 1, orderBy: 'name' }), LogGroupNotFound);
    await assert.rejects(logs.createStream(GROUP, STREAM), LogGroupNotFound);
    await logs.createGroup(GROUP);
    await assert.rejects(logs.read(GROUP, STREAM, query), LogStreamNotFound);
    await logs.createStream(GROUP, STREAM);
    assert.deepEqual((await logs.read(GROUP, STREAM, query)).events, []);
    for (const token of ['', 'x', 'f/', 'f/-1', 'f/1/../2', 'g/5']) {
      await assert.rejects(logs.read(GROUP, STREAM, { ...query, token }), InvalidLogToken, token);
    }
    assert.deepEqual((await logs.read(GROUP, STREAM, { ...query, token: 'f/99999' })).events, []);
  });

  test('a program in another process appends by itself, also lines that are no events', async (t) => {
    const logs = await place(t);
    const path = logs.filePath(GROUP, STREAM);
    mkdirSync(dirname(path), { recursive: true });
    const script = `printf '1 one\\\\ntwo\\n' >> "$1"; printf 'not an event\\n' >> "$1"; printf '3 three' >> "$1"`;
    await once(spawn('sh', ['-c', script, 'sh', path], { stdio: 'inherit' }), 'exit');
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { startFromHead: true, limit: 9 })), [
      'one\ntwo',
      'not an event',
    ]);
  });

  test('a log of 300 MB, one line of it 64 MB, is read in flat memory, page by page from both ends', async (t) => {
    const logs = await place(t);
    await logs.createGroup(GROUP);
    const file = openSync(logs.filePath(GROUP, STREAM), 'w');
    const block = Buffer.from(`1 ${'x'.repeat(998)}\n`.repeat(1_000));
    writeSync(file, '0 first\n');
    for (let count = 0; count < 118; count += 1) writeSync(file, block);
    for (let count = 0; count < 64; count += 1) writeSync(file, Buffer.alloc(1_000_000, 'y'));
    writeSync(file, '\n');
    for (let count = 0; count < 118; count += 1) writeSync(file, block);
    writeSync(file, '2 last\n');
    closeSync(file);

    const before = process.memoryUsage().rss;
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { startFromHead: true, limit: 1 })), ['first']);
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { startFromHead: false, limit: 1 })), ['last']);
    const late = await logs.read(GROUP, STREAM, {
      startFromHead: true,
      limit: 9,
      startTime: new Date(2),
      endTime: new Date(3),
    });
    assert.deepEqual(texts(late), ['last']);
    const early = await logs.read(GROUP, STREAM, { startFromHead: false, limit: 9, endTime: new Date(1) });
    assert.deepEqual(texts(early), ['first']);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 64e6, `memory grew by ${(grown / 1e6).toFixed(0)} MB`);
    const page = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 10_000 });
    assert.ok(page.events.length > 900 && page.events.length < 1_100, 'a page ends at about 1 MB');
  });
});

describe('waiting', () => {
  test('ends when a whole line is there, not for half of one', async (t) => {
    const logs = await place(t);
    await logs.append(GROUP, STREAM, events(0, 1));
    const { nextForwardToken } = await logs.read(GROUP, STREAM, { startFromHead: true, limit: 9 });
    const path = logs.filePath(GROUP, STREAM);
    let ended = false;
    const waiting = logs
      .waitForMore(GROUP, STREAM, nextForwardToken, AbortSignal.timeout(10_000))
      .then(() => (ended = true));
    appendFileSync(path, '5 ha');
    // Long enough for the notice of the first write to arrive: the loop has looked at the half line by then, or will look later.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ended, false);
    appendFileSync(path, 'lf\n');
    await waiting;
    assert.deepEqual(
      texts(await logs.read(GROUP, STREAM, { startFromHead: true, limit: 9, token: nextForwardToken })),
      ['half'],
    );
  });

  test('begins before the stream exists, returns at once when there is more, and ends with its signal', async (t) => {
    const logs = await place(t);
    const waiting = logs.waitForMore(GROUP, STREAM, '', AbortSignal.timeout(10_000));
    await logs.append(GROUP, STREAM, events(0, 1));
    await waiting;
    await logs.waitForMore(GROUP, STREAM, 'f/0', AbortSignal.timeout(10_000));
    const aborted = new AbortController();
    const forever = logs.waitForMore(GROUP, STREAM, 'f/5', aborted.signal);
    aborted.abort();
    await forever;
    assert.deepEqual(texts(await logs.read(GROUP, STREAM, { startFromHead: true, limit: 9 })), ['m0']);
  });
});

describe('groups and streams', () => {
  test('are made, listed in pages, and removed', async (t) => {
    const logs = await place(t);
    assert.deepEqual(await logs.listGroups(), []);
    assert.equal(await logs.createGroup('b'), true);
    assert.equal(await logs.createGroup('b'), false);
    for (let index = 0; index < 5; index += 1)
      await logs.append(GROUP, `job-${index % 2}/${index}`, events(index, index + 2));
    assert.deepEqual(
      (await logs.listGroups()).map(({ name }) => name),
      [GROUP, 'b'],
    );
    assert.deepEqual(
      (await logs.listGroups('/aws')).map(({ name }) => name),
      [GROUP],
    );
    const page = await logs.listStreams(GROUP, { prefix: 'job-0/', limit: 2, orderBy: 'name' });
    assert.deepEqual(names(page), ['job-0/0', 'job-0/2']);
    assert.deepEqual([page.streams[1]?.firstEventAt, page.streams[1]?.lastEventAt], [new Date(2), new Date(3)]);
    assert.equal(page.streams[1]?.bytes, statSync(logs.filePath(GROUP, 'job-0/2')).size);
    const last = await logs.listStreams(GROUP, { prefix: 'job-0/', limit: 2, orderBy: 'name', token: page.next ?? '' });
    assert.deepEqual([names(last), last.next], [['job-0/4'], undefined]);
    await assert.rejects(
      logs.listStreams(GROUP, { limit: 2, orderBy: 'lastEvent', token: page.next ?? '' }),
      InvalidLogToken,
    );

    await logs.removeStreams(GROUP, 'job-0/');
    assert.deepEqual(names(await logs.listStreams(GROUP, { limit: 9, orderBy: 'name' })), ['job-1/1', 'job-1/3']);
    assert.equal(await logs.removeStream(GROUP, 'job-1/1'), true);
    assert.equal(await logs.removeStream(GROUP, 'job-1/1'), false);
    assert.equal(await logs.removeGroup(GROUP), true);
    assert.equal(await logs.removeGroup(GROUP), false);
    await logs.removeStreams(GROUP, '');
  });

  test('a page that holds all streams has no next, in either order', async (t) => {
    const logs = await place(t);
    for (const [name, at] of [
      ['a', 5],
      ['b', 1],
      ['c', 3],
    ] as const)
      await logs.append(GROUP, name, events(at, at + 1));
    const walk = async (query: { orderBy: 'name' | 'lastEvent'; descending: boolean }) => {
      const whole = await logs.listStreams(GROUP, { ...query, limit: 3 });
      assert.equal(whole.next, undefined);
      const first = await logs.listStreams(GROUP, { ...query, limit: 2 });
      const second = await logs.listStreams(GROUP, { ...query, limit: 2, token: first.next ?? '' });
      assert.equal(second.next, undefined);
      assert.deepEqual([...names(first), ...names(second)], names(whole));
      return names(whole).join('');
    };
    assert.equal(await walk({ orderBy: 'name', descending: false }), 'abc');
    assert.equal(await walk({ orderBy: 'name', descending: true }), 'cba');
    assert.equal(await walk({ orderBy: 'lastEvent', descending: false }), 'bca');
    assert.equal(await walk({ orderBy: 'lastEvent', descending: true }), 'acb');
  });

  test('the longest and strangest names come back, and files of others are not listed', async (t) => {
    const logs = await place(t);
    const strange = [
      '..',
      '.hidden',
      '/'.repeat(512),
      'x'.repeat(199),
      'x'.repeat(200),
      'x'.repeat(201),
      '\u2603'.repeat(300),
      'a+b',
      'a.log',
    ];
    for (const name of strange) {
      assert.equal(await logs.createGroup(name), true, name);
      await logs.append(GROUP, name, events(0, 1));
      assert.deepEqual(texts(await logs.read(GROUP, name, { startFromHead: true, limit: 9 })), ['m0']);
    }
    writeFileSync(join(dirname(logs.filePath(GROUP, 'x')), '.DS_Store'), '');
    assert.deepEqual(names(await logs.listStreams(GROUP, { limit: 50, orderBy: 'name' })), strange.toSorted());
    assert.deepEqual(
      (await logs.listGroups()).map(({ name }) => name),
      [...strange, GROUP].sort(),
    );
  });
});

async function place(t: TestContext): Promise<LogStore> {
  const folder = await mkdtemp(join(tmpdir(), 'rung-logs-'));
  t.after(() => rm(folder, { recursive: true }));
  return fileLogStore(join(folder, 'logs'));
}

function events(from: number, to: number) {
  return Array.from({ length: to - from }, (_, index) => ({
    timestamp: new Date(from + index),
    message: `m${from + index}`,
  }));
}

async function all(logs: LogStore, limit: number, forward: boolean): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | undefined; ;) {
    const page = await logs.read(GROUP, STREAM, { startFromHead: forward, limit, ...(token ? { token } : {}) });
    if (page.events.length === 0) return found;
    token = forward ? page.nextForwardToken : page.nextBackwardToken;
    if (forward) found.push(...texts(page));
    else found.unshift(...texts(page));
  }
}

function texts({ events: found }: { events: { message: string }[] }): string[] {
  return found.map(({ message }) => message);
}

function names({ streams }: { streams: { name: string }[] }): string[] {
  return streams.map(({ name }) => name);
}
