import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ResourceExists, StoreUnavailable } from '../errors.ts';
import type { MakeStore } from './check-store.ts';
import { fixture, model, modelArn } from './fixture.ts';

export function checkResources(makeStore: MakeStore): void {
  describe('resources', () => {
    test('what was created is read back, by name and by ARN, also after reopening', async (t) => {
      const { store, clock, underTest } = await fixture(t, makeStore);
      const draft = model('a', { parent: 'p', spec: { ModelName: 'snowman \u2603 \u0000 \\ "' } });
      const created = await store.create(draft);
      assert.deepEqual(created, {
        kind: 'model',
        name: 'a',
        arn: draft.arn,
        spec: draft.spec,
        status: {},
        phase: 'InProgress',
        parent: 'p',
        version: 1,
        createdAt: clock.now(),
        modifiedAt: clock.now(),
      });
      assert.deepEqual(await store.get('model', 'a'), created);
      assert.deepEqual(await store.getByArn(draft.arn), created);
      await store.close();
      const reopened = await underTest.open(clock);
      assert.deepEqual(await reopened.get('model', 'a'), created);
    });

    test('a name is unique within its kind, and free again once removed', async (t) => {
      const { store } = await fixture(t, makeStore);
      const first = await store.create(model('a'));
      await assert.rejects(store.create(model('a', { phase: 'Failed' })), (error) => {
        assert.ok(error instanceof ResourceExists);
        assert.equal(error.arn, first.arn);
        return true;
      });
      await assert.rejects(
        store.create(model('A')),
        ResourceExists,
        'ARNs are lower-case, so this is the same resource',
      );
      await store.create({
        ...model('a'),
        kind: 'endpoint',
        arn: 'arn:endpoint/a',
        spec: { EndpointName: 'a', EndpointConfigName: 'c' },
      } as never);
      assert.deepEqual(await store.get('model', 'a'), first);
      assert.equal(await store.remove('model', 'a'), true);
      assert.equal(await store.remove('model', 'a'), false);
      assert.equal(await store.get('model', 'a'), undefined);
      assert.equal(await store.getByArn(first.arn), undefined);
      assert.equal((await store.create(model('a'))).version, 1);
    });

    test('of many creates of one name at once, one wins', async (t) => {
      const { store, other } = await fixture(t, makeStore);
      const attempts = Array.from({ length: 10 }, (_, index) => (index % 2 ? store : other).create(model('a')));
      const results = await Promise.allSettled(attempts);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    });

    test('concurrent updates all count: none is lost', async (t) => {
      const { store, other } = await fixture(t, makeStore);
      await store.create(model('a', { phase: '0' }));
      const bump = (handle: typeof store) =>
        handle.update('model', 'a', ({ phase }) => ({ phase: String(Number(phase) + 1) }));
      await Promise.all(Array.from({ length: 20 }, (_, index) => bump(index % 2 ? store : other)));
      const after = await store.get('model', 'a');
      assert.equal(after?.phase, '20');
      assert.equal(after?.version, 21);
    });

    test('an update may decline, refuse, or find nothing; the row is then as it was', async (t) => {
      const { store } = await fixture(t, makeStore);
      const before = await store.create(model('a'));
      assert.deepEqual(await store.update('model', 'a', () => undefined), before);
      const refuse = () => {
        throw new RangeError('refused');
      };
      await assert.rejects(store.update('model', 'a', refuse), RangeError);
      await assert.rejects(store.remove('model', 'a', refuse), RangeError);
      assert.deepEqual(await store.get('model', 'a'), before);
      assert.equal(await store.update('model', 'none', () => ({ phase: 'x' })), undefined);
    });

    test('an update writes only what it names, and dates the modification', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      const before = await store.create(model('a'));
      await clock.advance(5_000);
      const changed = await store.update('model', 'a', () => ({ phase: 'Completed' }));
      assert.deepEqual(changed, { ...before, phase: 'Completed', version: 2, modifiedAt: clock.now() });
      await clock.advance(5_000);
      const postponed = await store.update('model', 'a', () => ({ due: clock.now() }));
      assert.deepEqual(postponed, { ...changed, version: 3 }, 'when to look next is no modification that a user sees');
    });

    test('hints come after the write, to every listener, until it unsubscribes', async (t) => {
      const { store, clock } = await fixture(t, makeStore);
      const heard: string[] = [];
      const unsubscribe = store.onHint((kind, name) => heard.push(`${kind}/${name}`));
      await store.create(model('quiet'));
      await store.create(model('a', { due: clock.now() }));
      await store.update('model', 'quiet', () => ({ phase: 'x' }));
      await store.update('model', 'quiet', () => ({ due: clock.now() }));
      await settled();
      assert.deepEqual(heard, ['model/a', 'model/quiet']);
      unsubscribe();
      await store.create(model('b', { due: clock.now() }));
      await settled();
      assert.equal(heard.length, 2);
    });

    test('a closed store says so', async (t) => {
      const { store } = await fixture(t, makeStore);
      await store.close();
      await store.close();
      await assert.rejects(
        store.get('model', modelArn('a')),
        (error) => error instanceof StoreUnavailable && error.reason === 'closed',
      );
    });
  });
}

/** Everything that was queued by now has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
