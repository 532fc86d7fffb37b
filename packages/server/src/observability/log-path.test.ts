import assert from 'node:assert/strict';
import { isAbsolute, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeName, namePath } from './log-path.ts';

const folder = join(sep, 'state', 'logs');

test('no name leaves the folder, hides a file, or makes a segment that a file system refuses', () => {
  const names = fc.string({
    minLength: 1,
    maxLength: 512,
    unit: fc.constantFrom('.', '/', '\\', '~', '\0', 'a', '%', '+', '\u2603'),
  });
  fc.assert(
    fc.property(names, (name) => {
      const path = relative(folder, namePath(folder, name, '.log'));
      assert.ok(!isAbsolute(path));
      const segments = path.split(sep);
      for (const segment of segments) {
        assert.match(segment, /^[\w%-][\w%.+-]*$/);
        assert.ok(segment.length <= 255);
      }
    }),
  );
});

test('every name comes back, and two names never share a file', () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom('.', '/', 'a', 'A', '%', '2', 'F', '\u2603') }),
      (name) => {
        const path = namePath('', name);
        assert.equal(decodeName(path), name);
        assert.equal(seen.get(path) ?? name, name);
        seen.set(path, name);
      },
    ),
  );
});

test('a file that somebody else put there has no name', () => {
  for (const foreign of ['.DS_Store', 'a b', '%2f', '%zz', '', '%FF'])
    assert.equal(decodeName(foreign), undefined, foreign);
});
