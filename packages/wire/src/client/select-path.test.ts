import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadService, serviceNames } from '../model/load-service.ts';
import { selectPath } from './select-path.ts';

test('paths select members, items of lists, the last item, and alternatives', () => {
  const value = { a: { b: 1 }, list: [{ c: 1 }, { c: 2 }], empty: [] };
  assert.deepEqual(selectPath('a.b', value), [1]);
  assert.deepEqual(selectPath('list[].c', value), [1, 2]);
  assert.deepEqual(selectPath('list[-1].c', value), [2]);
  assert.deepEqual(selectPath('none || list[0].c', value), [1]);
  assert.deepEqual(selectPath('empty[-1].c', value), []);
  assert.deepEqual(selectPath('length(list[]) > `1`', value), [true]);
  assert.deepEqual(selectPath('length(empty[]) > `0`', value), [false]);
});

test('every path of every waiter and paginator can be read', async () => {
  for (const name of serviceNames) {
    const service = await loadService(name);
    const paths = service.waiterNames.flatMap(
      (waiter) => service.waiter(waiter)?.acceptors.map(({ argument }) => argument) ?? [],
    );
    for (const operation of service.operationNames) paths.push(...(service.paginator(operation)?.outputTokens ?? []));
    for (const path of paths) if (path !== undefined) selectPath(path, {});
  }
});
