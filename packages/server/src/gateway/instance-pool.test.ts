import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange, ExchangeFailure } from './instance-connection.ts';
import { InstancePool, type PoolLimits } from './instance-pool.ts';

const okay = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** An instance that answers when the test says so. */
async function instance(
  t: TestContext,
): Promise<{ address: string; sockets: Socket[]; next: (count: number) => Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  // Safe: a TCP server that listens has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    address: `tcp:127.0.0.1:${port}`,
    sockets,
    next: async (count) => {
      while (sockets.length < count) await delay(2);
    },
  };
}

class Asked implements Exchange {
  readonly requestHead = 'POST /invocations HTTP/1.1\r\nContent-Length: 0\r\n\r\n';
  readonly requestBody = Buffer.alloc(0);
  readonly ended = Promise.withResolvers<string>();
  sent = false;
  #pool: InstancePool;

  constructor(pool: InstancePool) {
    this.#pool = pool;
  }

  onSent(): void {
    this.sent = true;
  }
  onHead(): void {
    // The tests ask only how it ends.
  }
  onPart(): void {
    // As above.
  }
  onEnd(): void {
    this.#pool.settle(this);
    this.ended.resolve('ok');
  }
  onFailure(failure: ExchangeFailure): void {
    this.#pool.settle(this);
    this.ended.resolve(failure.reason);
  }
}

function poolOf(address: string, limits: Partial<PoolLimits> = {}): InstancePool {
  return new InstancePool('w', address, { maxConnections: 2, maxQueued: 2, idleMs: 1500, ...limits });
}

test('requests beyond the connections wait in order, and beyond the queue they are refused', async (t) => {
  const { address, sockets, next } = await instance(t);
  const pool = poolOf(address);
  const asked = Array.from({ length: 5 }, () => new Asked(pool));
  assert.deepEqual(
    asked.map((one) => pool.submit(one)),
    [true, true, true, true, false],
  );
  assert.equal(pool.outstanding, 4);
  await next(2);
  assert.deepEqual(
    asked.map(({ sent }) => sent),
    [true, true, false, false, false],
  );
  sockets[0]?.write(okay);
  await asked[0]?.ended.promise;
  assert.equal(asked[2]?.sent, true);
  assert.equal(asked[3]?.sent, false);
  sockets[0]?.write(okay);
  sockets[1]?.write(okay);
  await Promise.all([asked[1]?.ended.promise, asked[2]?.ended.promise]);
  sockets[0]?.write(okay);
  sockets[1]?.write(okay);
  await asked[3]?.ended.promise;
  assert.equal(pool.outstanding, 0);
  assert.equal(sockets.length, 2);
});

test('a request that waits is sent on a new connection when one breaks', async (t) => {
  const { address, sockets, next } = await instance(t);
  const pool = poolOf(address, { maxConnections: 1 });
  const [first, second] = [new Asked(pool), new Asked(pool)];
  pool.submit(first);
  pool.submit(second);
  await next(1);
  sockets[0]?.end();
  assert.equal(await first.ended.promise, 'broken');
  await next(2);
  sockets[1]?.write(okay);
  assert.equal(await second.ended.promise, 'ok');
});

test('a connection that was unused for long is not used again', async (t) => {
  const { address, sockets, next } = await instance(t);
  const pool = poolOf(address, { idleMs: 20 });
  const first = new Asked(pool);
  pool.submit(first);
  await next(1);
  sockets[0]?.write(okay);
  await first.ended.promise;
  await delay(25);
  const second = new Asked(pool);
  pool.submit(second);
  await next(2);
  sockets[1]?.write(okay);
  assert.equal(await second.ended.promise, 'ok');
});

test('bytes behind a response are never taken for the next one', async (t) => {
  const { address, sockets, next } = await instance(t);
  const pool = poolOf(address, { maxConnections: 1 });
  const first = new Asked(pool);
  pool.submit(first);
  const second = new Asked(pool);
  pool.submit(second);
  await next(1);
  sockets[0]?.write(okay + okay);
  assert.equal(await first.ended.promise, 'malformed');
  await next(2);
  assert.equal(second.sent, true);
  sockets[1]?.write(okay);
  assert.equal(await second.ended.promise, 'ok');
});

test('a cancelled request frees its connection and its place', async (t) => {
  const { address, sockets, next } = await instance(t);
  const pool = poolOf(address, { maxConnections: 1 });
  const [first, second, third] = [new Asked(pool), new Asked(pool), new Asked(pool)];
  for (const one of [first, second, third]) pool.submit(one);
  await next(1);
  pool.cancel(second);
  pool.cancel(first);
  await next(2);
  sockets[1]?.write(okay);
  assert.equal(await third.ended.promise, 'ok');
  assert.equal(pool.outstanding, 0);
});

test('a connection that is reset over a request that nobody read is told apart from one that ended after it was read', async (t) => {
  const { address, sockets, next } = await instance(t);
  const pool = poolOf(address);
  const first = new Asked(pool);
  pool.submit(first);
  await next(1);
  sockets[0]?.resetAndDestroy();
  assert.equal(await first.ended.promise, 'unread');
  const second = new Asked(pool);
  pool.submit(second);
  await next(2);
  sockets[1]?.end();
  assert.equal(await second.ended.promise, 'broken');
  const third = new Asked(pool);
  pool.submit(third);
  await next(3);
  sockets[2]?.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal', () => sockets[2]?.resetAndDestroy());
  assert.equal(await third.ended.promise, 'broken');
});

test('an instance that is not there is told apart from one that broke', async () => {
  const pool = poolOf('unix:/nowhere/at-all.sock');
  const asked = new Asked(pool);
  pool.submit(asked);
  assert.equal(await asked.ended.promise, 'not-connected');
});
