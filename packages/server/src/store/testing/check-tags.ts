import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TooManyTags, UnknownArn } from '../errors.ts';
import type { MakeStore } from './check-store.ts';
import { fixture, model, modelArn } from './fixture.ts';

export function checkTags(makeStore: MakeStore): void {
  describe('tags', () => {
    test('are made with the resource, added, replaced, removed, and go with it', async (t) => {
      const { store } = await fixture(t, makeStore);
      const arn = modelArn('a');
      await store.create(model('a', { tags: { team: 'x', ['__proto__']: 'kept' } }));
      assert.deepEqual(Object.entries(await store.tags.get(arn)), [
        ['__proto__', 'kept'],
        ['team', 'x'],
      ]);
      await store.tags.put(arn, { team: 'y', empty: '' });
      await store.tags.remove(arn, ['__proto__', 'unknown']);
      assert.deepEqual(await store.tags.get(arn), { empty: '', team: 'y' });
      await store.remove('model', 'a');
      assert.deepEqual(await store.tags.get(arn), {});
      await store.create(model('a'));
      assert.deepEqual(await store.tags.get(arn), {}, 'a successor of the same name starts without');
    });

    test('more than 50 are refused and none of them is written', async (t) => {
      const { store } = await fixture(t, makeStore);
      await assert.rejects(store.create(model('a', { tags: many(51) })), TooManyTags);
      assert.equal(await store.get('model', 'a'), undefined);
      await store.create(model('a', { tags: many(49) }));
      await assert.rejects(store.tags.put(modelArn('a'), { x: '1', y: '2' }), TooManyTags);
      assert.equal(Object.keys(await store.tags.get(modelArn('a'))).length, 49);
      await store.tags.put(modelArn('a'), { x: '1', k0: 'replaced' });
      assert.equal(Object.keys(await store.tags.get(modelArn('a'))).length, 50);
    });

    test('nothing is tagged that does not exist', async (t) => {
      const { store } = await fixture(t, makeStore);
      await assert.rejects(store.tags.put('arn:none', { a: 'b' }), UnknownArn);
      assert.deepEqual(await store.tags.get('arn:none'), {});
    });
  });
}

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
}
