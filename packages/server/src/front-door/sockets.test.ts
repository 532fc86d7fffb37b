import { signRequest } from '@rung/wire';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { wallClock } from '../clock.ts';
import { parseConfig } from '../config.ts';
import type { Service } from '../services/service.ts';
import { createFrontDoor } from './front-door.ts';
import { memoryS3 } from './testing/memory-s3.ts';
import { openFrontDoor, type OpenedFrontDoor } from './testing/open-front-door.ts';
import { sagemakerCall, signedFetch } from './testing/signed-fetch.ts';

const sagemaker: Service = { name: 'sagemaker', handlers: { ListModels: () => ({ Models: [] }) } };
const quick = { headers: 200, idleBody: 200, wholeBody: 600, keepAlive: 300 };

async function dial(t: TestContext, door: OpenedFrontDoor): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: door.http.port, allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the server closes. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  socket.on('error', () => undefined);
  await once(socket, 'end').catch(() => undefined);
  return text;
}

function rawHead(
  door: OpenedFrontDoor,
  headers: Record<string, string>,
  body: string,
  options: { method?: string; path?: string; service?: string } = {},
): string {
  const { method = 'POST', path = '/', service = 'sagemaker' } = options;
  const url = new URL(path, `http://127.0.0.1:${door.http.port}`);
  const signed = signRequest({ method, url, headers, body }, door.key, { region: 'us-east-1', service });
  const lines = Object.entries({ host: url.host, ...signed }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}`;
}

test('a client that drips its headers is cut off', async (t) => {
  const door = await openFrontDoor(t, { timeouts: quick });
  const socket = await dial(t, door);
  socket.write('POST / HTTP/1.1\r\nHost: x\r\n');
  const drip = setInterval(() => socket.write('X-A: b\r\n'), 50);
  t.after(() => clearInterval(drip));
  assert.match(await untilClosed(socket), /^HTTP\/1\.1 408 /);
});

test('a client that stops in the middle of its body, or drips it, is told and cut off', async (t) => {
  const door = await openFrontDoor(t, { services: [sagemaker], timeouts: quick });
  for (const dripMs of [undefined, 50]) {
    const socket = await dial(t, door);
    const { headers = {} } = sagemakerCall('ListModels');
    socket.write(`${rawHead(door, headers, 'x')}content-length: 1000\r\n\r\nfirst`);
    const drip = dripMs === undefined ? undefined : setInterval(() => socket.write('x'), dripMs);
    t.after(() => clearInterval(drip));
    assert.match(await untilClosed(socket), /^HTTP\/1\.1 408 .*RequestTimeout/s);
    clearInterval(drip);
  }
});

test('a client that stops in the middle of an object leaves no object', async (t) => {
  const s3 = memoryS3();
  const door = await openFrontDoor(t, { services: [s3], timeouts: quick });
  const socket = await dial(t, door);
  socket.write(
    `${rawHead(door, {}, 'x', { method: 'PUT', path: '/b/k', service: 's3' })}content-length: 1000\r\n\r\nfirst`,
  );
  assert.match(await untilClosed(socket), /^HTTP\/1\.1 408 .*RequestTimeout/s);
  assert.equal(s3.objects.size, 0);
});

test('a client that vanishes in the middle of its body leaves nothing behind', async (t) => {
  const s3 = memoryS3();
  const door = await openFrontDoor(t, { services: [s3] });
  const socket = await dial(t, door);
  socket.write(
    `${rawHead(door, {}, 'x', { method: 'PUT', path: '/b/k', service: 's3' })}content-length: 1000\r\n\r\nfirst`,
  );
  socket.destroy();
  assert.equal((await signedFetch(door, { service: 's3', method: 'GET' })).status, 200);
  assert.equal(s3.objects.size, 0);
  assert.ok(!door.log.some(({ level }) => level === 50), 'it is no fault of ours');
});

test('an idle connection, and one whose client closed its half, are closed', async (t) => {
  const door = await openFrontDoor(t, { timeouts: quick });
  const idle = await dial(t, door);
  idle.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await untilClosed(idle), /"status":"ok"/);
  const half = await dial(t, door);
  half.end('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await untilClosed(half);
});

test('a body that is too large is refused before it is read', async (t) => {
  const door = await openFrontDoor(t, { services: [sagemaker] });
  const answer = await signedFetch(door, {
    ...sagemakerCall('ListModels'),
    body: JSON.stringify({ NameContains: 'x'.repeat(9_000_000) }),
  });
  assert.deepEqual([answer.status, answer.code], [413, 'RequestEntityTooLarge']);
});

test('headers that are too large, and what is no HTTP, are answered in plain text', async (t) => {
  const door = await openFrontDoor(t);
  const large = await dial(t, door);
  large.write(`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`);
  assert.match(await untilClosed(large), /^HTTP\/1\.1 431 /);
  const garbage = await dial(t, door);
  garbage.write('\x16\x03\x01\x02\x00hello\r\n\r\n');
  assert.match(await untilClosed(garbage), /^HTTP\/1\.1 400 .*TLS listener/s);
});

test('a client that asks first is asked for its body only when it is who it says', async (t) => {
  const s3 = memoryS3();
  const door = await openFrontDoor(t, { services: [s3] });
  const good = await dial(t, door);
  good.write(
    `${rawHead(door, {}, 'content', { method: 'PUT', path: '/b/k', service: 's3' })}expect: 100-continue\r\ncontent-length: 7\r\n\r\n`,
  );
  const [first] = (await once(good, 'data')) as [Buffer];
  assert.match(String(first), /^HTTP\/1\.1 100 Continue/);
  good.write('content');
  const [second] = (await once(good, 'data')) as [Buffer];
  assert.match(String(second), /^HTTP\/1\.1 200 /);
  assert.equal(String(s3.objects.get('b/k')?.body), 'content');
  const bad = await dial(t, door);
  const head = rawHead(door, {}, 'content', { method: 'PUT', path: '/b/other', service: 's3' })
    .replace(/Signature=\w/, 'Signature=0')
    .replace('/b/other', '/b/else');
  bad.write(`${head}expect: 100-continue\r\ncontent-length: 7\r\n\r\n`);
  const answer = await untilClosed(bad);
  assert.match(answer, /^HTTP\/1\.1 403 .*connection: close.*SignatureDoesNotMatch/is);
  assert.equal(s3.objects.size, 1);
});

test('a port that is taken is named, with who to ask and how to choose another', async (t) => {
  const door = await openFrontDoor(t);
  const config = parseConfig({ stateDir: door.stateDir, port: door.http.port, tlsPort: false }, 'the test');
  const second = createFrontDoor({ config, keys: door.keys, clock: wallClock, logger: pino({ level: 'silent' }) }, []);
  await assert.rejects(second.listen(), (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'PortTaken');
    assert.match(
      error.message,
      new RegExp(`Port ${door.http.port} on 127.0.0.1 is taken.*lsof -i :${door.http.port}.*rung up --port`, 's'),
    );
    return true;
  });
  await second.close();
});
