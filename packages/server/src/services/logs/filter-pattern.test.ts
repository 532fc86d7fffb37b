import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireError } from '@rung/wire';
import { compileFilterPattern } from './filter-pattern.ts';

const cases: [pattern: string, yes: string[], no: string[]][] = [
  ['', ['anything', ''], []],
  ['ERROR', ['an ERROR', '[ERROR]'], ['error', '']],
  ['ERROR disk', ['disk ERROR', 'ERROR: disk full'], ['ERROR', 'disk']],
  ['"disk full"', ['the disk full'], ['full disk', 'disk  full']],
  ['"say \\"hi\\""', ['they say "hi"'], ['say hi']],
  ['?WARN ?ERROR', ['WARN', 'ERROR', 'WARN ERROR'], ['INFO']],
  ['ERROR -timeout', ['ERROR disk'], ['ERROR timeout']],
  ['-"not this"', ['this'], ['but not this']],
];

for (const [pattern, yes, no] of cases) {
  test(`the pattern ${JSON.stringify(pattern)}`, () => {
    const matches = compileFilterPattern(pattern);
    for (const message of yes) assert.equal(matches(message), true, message);
    for (const message of no) assert.equal(matches(message), false, message);
  });
}

test('patterns of other kinds are refused with what to use', () => {
  for (const pattern of ['{ $.level = "error" }', '[ip, user]', '%ERROR.*%', '""']) {
    assert.throws(
      () => compileFilterPattern(pattern),
      (error) => error instanceof WireError && error.code === 'InvalidParameterException',
    );
  }
});
