import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { AlgorithmError } from '../errors.ts';
import { Random } from '../random.ts';
import { freePorts } from '../testing/training-folder.ts';
import type { Collective } from './collective.ts';
import { hostAddresses, type HostAddress } from './host-addresses.ts';
import { openSocketCollective } from './socket-collective.ts';

async function freeAddresses(count: number): Promise<HostAddress[]> {
  return (await freePorts(count)).map((port) => ({ address: '127.0.0.1', port }));
}

async function meet(size: number): Promise<Collective[]> {
  const addresses = await freeAddresses(size);
  return Promise.all(addresses.map((_, rank) => openSocketCollective({ rank, addresses, job: 'test' })));
}

for (const size of [2, 3, 5]) {
  test(`${size} hosts add up arrays of any length to the same bits, in the order of ranks`, async (t) => {
    const hosts = await meet(size);
    t.after(() => Promise.all(hosts.map((host) => host.close())));
    const random = new Random(size, 1);
    for (const length of [0, 1, 3, 4096, 4097, 100_003]) {
      for (const Kind of [Float32Array, Float64Array]) {
        const given = hosts.map(() => {
          const values = new Kind(length);
          return values.map(() => (random.uniform() - 0.5) * 10 ** random.below(12));
        });
        const expected = new Kind(length);
        for (const values of given)
          for (let i = 0; i < length; i++) expected[i] = (expected[i] ?? 0) + (values[i] ?? 0);
        // Started from the last: who is first must not matter.
        await Promise.all(
          hosts
            .map((host, rank) => ({ host, values: given[rank] ?? new Float32Array() }))
            .toReversed()
            .map(({ host, values }) => host.sum(values)),
        );
        for (const values of given) assert.deepEqual(values, expected);
      }
    }
  });
}

test('every host gets the bytes of all, and those of the first', async (t) => {
  const hosts = await meet(3);
  t.after(() => Promise.all(hosts.map((host) => host.close())));
  const parts = [Buffer.from('first'), Buffer.alloc(0), Buffer.alloc(3_000_000, 7)];
  const gathered = await Promise.all(hosts.map((host) => host.gather(parts[host.rank] ?? Buffer.alloc(0))));
  for (const all of gathered)
    assert.ok(all.every((bytes, rank) => Buffer.from(bytes).equals(parts[rank] ?? Buffer.alloc(1))));
  const told = await Promise.all(hosts.map((host) => host.broadcast(parts[host.rank] ?? Buffer.alloc(0))));
  for (const bytes of told) assert.equal(Buffer.from(bytes).toString(), 'first');
});

test('a host that ends fails the others, whatever they wait for, and arrays of different lengths fail all', async () => {
  const [first, second, third] = await meet(3);
  assert.ok(first && second && third);
  const waiting = Promise.all(
    [first, second].map((host) => assert.rejects(host.sum(new Float32Array(9)), AlgorithmError)),
  );
  await third.close();
  await waiting;
  await assert.rejects(first.gather(new Uint8Array(1)), /host 3 of the job ended/);
  await Promise.all([first.close(), second.close()]);
  const pair = await meet(2);
  await Promise.all(
    pair.map((host, rank) => assert.rejects(host.sum(new Float32Array(rank + 1)), /different lengths: /)),
  );
  await Promise.all(pair.map((host) => host.close()));
});

test('a stranger is not let in, and a host that never comes ends the wait with a reason', async () => {
  const addresses = await freeAddresses(2);
  const [own] = addresses;
  const alone = openSocketCollective({ rank: 0, addresses, job: 'test', timeout: 800 });
  const stranger = connect({ host: own?.address ?? '', port: own?.port ?? 0 });
  await once(stranger, 'connect');
  const said = Buffer.from('{"job":"another","rank":1}');
  stranger.write(Buffer.concat([Buffer.from(Uint32Array.of(said.length).buffer), said]));
  await Promise.all([
    once(stranger, 'close'),
    assert.rejects(alone, /the hosts of the job did not all come within 0.8 s/),
  ]);
});

test('hosts are found by name, or where the platform says', () => {
  assert.deepEqual(hostAddresses(['algo-1', 'algo-2'], {}), [
    { address: 'algo-1', port: 7171 },
    { address: 'algo-2', port: 7171 },
  ]);
  const shared = JSON.stringify({
    'algo-1': { address: '127.0.0.1', ports: [5, 6] },
    'algo-2': { address: '127.0.0.1', ports: [7, 8] },
  });
  assert.deepEqual(hostAddresses(['algo-2'], { RUNG_HOSTS: shared }), [{ address: '127.0.0.1', port: 7 }]);
});
