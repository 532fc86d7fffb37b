import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MakeStore } from './check-store.ts';
import { fixture, model } from './fixture.ts';

const MINUTE = 60_000;

export function checkLeases(makeStore: MakeStore): void {
  describe('leases', () => {
    test('under contention each due row is claimed once', async (t) => {
      const { store, other, clock } = await fixture(t, makeStore);
      for (let index = 0; index < 20; index += 1) await store.create(model(`m${index}`, { due: clock.now() }));
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).claim('model', { owner: `o${index}`, leaseMs: MINUTE, limit: 3 }),
        ),
      );
      const names = claims.flat().map(({ resource }) => resource.name);
      assert.equal(names.length, 20);
      assert.equal(new Set(names).size, 20);
      assert.equal(new Set(claims.flat().map(({ token }) => token)).size, 20, 'every claim has its own token');
    });

    test('rows come oldest due first, never before they are due, and only of the kind asked for', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      const at = (ms: number) => new Date(clock.now().getTime() + ms);
      await store.create(model('third', { due: at(-1_000) }));
      await store.create(model('first', { due: at(-3_000) }));
      await store.create(model('later', { due: at(1_000) }));
      await store.create(model('second', { due: at(-2_000) }));
      await store.create(model('never', { due: null }));
      const claim = async (limit: number) => {
        const claims = await store.claim('model', { owner: 'o', leaseMs: MINUTE, limit });
        return claims.map(({ resource }) => resource.name);
      };
      assert.deepEqual(await store.claim('endpoint', { owner: 'o', leaseMs: MINUTE, limit: 10 }), []);
      assert.deepEqual(await claim(2), ['first', 'second']);
      assert.deepEqual(await claim(10), ['third']);
      await clock.advance(1_000);
      assert.deepEqual(await claim(10), ['later']);
      assert.deepEqual(await claim(10), []);
    });

    test('a commit writes, ends the lease, and says when to look next', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      const first = await claimOne(store);
      await clock.advance(1_000);
      const committed = await store.commit(first, { phase: 'Completed', due: new Date(clock.now().getTime() + 1_000) });
      assert.equal(committed?.phase, 'Completed');
      assert.equal(committed?.version, 2);
      assert.deepEqual(committed?.modifiedAt, clock.now());
      assert.equal(await claimOne(store), undefined);
      await clock.advance(1_000);
      const second = await claimOne(store);
      assert.equal(second.resource.version, 2);
      await store.commit(second, { due: null });
      await clock.advance(MINUTE);
      assert.equal(await claimOne(store), undefined);
      assert.equal(await store.commit(second, { phase: 'again' }), undefined, 'a claim commits once');
    });

    test('a lease runs out with the clock; the late owner then writes nothing', async (t) => {
      const { store, other, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      const late = await claimOne(store);
      await clock.advance(MINUTE - 1);
      assert.equal(await claimOne(other), undefined);
      await clock.advance(1);
      const taken = await claimOne(other);
      assert.notEqual(taken.token, late.token);
      assert.equal(await store.renew(late, MINUTE), false);
      assert.equal(await store.commit(late, { phase: 'Late' }), undefined);
      await store.release(late);
      assert.equal((await other.commit(taken, { phase: 'Taken' }))?.phase, 'Taken');
    });

    test('a renewed lease holds', async (t) => {
      const { store, other, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      const claim = await claimOne(store);
      await clock.advance(MINUTE - 1);
      assert.equal(await store.renew(claim, MINUTE), true);
      await clock.advance(MINUTE - 1);
      assert.equal(await claimOne(other), undefined);
      assert.ok(await store.commit(claim, { phase: 'Done' }));
      assert.equal(await store.renew(claim, MINUTE), false);
    });

    test('a handler that writes during the work wins: the commit is dropped and the row is free again', async (t) => {
      const { store, other, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      const claim = await claimOne(store);
      await other.update('model', 'a', () => ({ phase: 'Stopping', due: clock.now() }));
      assert.equal(await store.commit(claim, { phase: 'Completed', due: null }), undefined);
      const next = await claimOne(store);
      assert.equal(next.resource.phase, 'Stopping');
    });

    test('a handler that asked for a look is not overruled by a release', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      const claim = await claimOne(store);
      await store.update('model', 'a', () => ({ due: clock.now() }));
      await store.release(claim, new Date(clock.now().getTime() + MINUTE));
      assert.ok(await claimOne(store));
    });

    test('a release without a time leaves the row due, with one it waits', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      await store.release(await claimOne(store));
      const again = await claimOne(store);
      assert.equal(again.resource.version, 1, 'a release is no write');
      await store.release(again, new Date(clock.now().getTime() + 1_000));
      assert.equal(await claimOne(store), undefined);
      await clock.advance(1_000);
      assert.ok(await claimOne(store));
    });

    test('the leases of an owner that died are ended at once, those of others are not', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      for (const name of ['a', 'b', 'c']) await store.create(model(name, { due: clock.now() }));
      await store.claim('model', { owner: 'dead', leaseMs: MINUTE, limit: 2 });
      await store.claim('model', { owner: 'alive', leaseMs: MINUTE, limit: 1 });
      assert.equal(await store.releaseAll('dead'), 2);
      assert.equal(await store.releaseAll('dead'), 0);
      assert.equal((await store.claim('model', { owner: 'new', leaseMs: MINUTE, limit: 10 })).length, 2);
    });

    test('a claim of a removed row, or of its successor of the same name, commits nothing', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      await store.create(model('a', { due: clock.now() }));
      const claim = await claimOne(store);
      await store.remove('model', 'a');
      assert.equal(await store.commit(claim, { phase: 'x' }), undefined);
      await store.create(model('a'));
      assert.equal(await store.commit(claim, { phase: 'x' }), undefined);
      assert.equal((await store.get('model', 'a'))?.phase, 'InProgress');
    });

    test('nextDue is the earliest moment at which a claim could succeed', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      const at = (ms: number) => new Date(clock.now().getTime() + ms);
      assert.equal(await store.nextDue('model'), undefined);
      await store.create(model('never'));
      assert.equal(await store.nextDue('model'), undefined);
      await store.create(model('a', { due: at(0) }));
      await store.create(model('b', { due: at(2 * MINUTE) }));
      assert.deepEqual(await store.nextDue('model'), at(0));
      const claim = await claimOne(store);
      assert.deepEqual(await store.nextDue('model'), at(MINUTE), 'a leased row may be claimed when its lease runs out');
      await store.commit(claim, { due: null });
      assert.deepEqual(await store.nextDue('model'), at(2 * MINUTE));
      assert.equal(await store.nextDue('endpoint'), undefined);
    });
  });
}

async function claimOne(store: Awaited<ReturnType<typeof fixture>>['store']) {
  const [claim] = await store.claim('model', { owner: 'one', leaseMs: MINUTE, limit: 1 });
  // Safe: callers that expect no claim only compare with undefined.
  return claim as NonNullable<typeof claim>;
}
