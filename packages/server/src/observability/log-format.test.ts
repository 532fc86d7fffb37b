import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeLogLine, encodeLogLine } from './log-format.ts';

test('any message comes back from its line, which is one line', () => {
  const message = fc.string({ unit: fc.constantFrom('a', ' ', '\\', '\n', '\r', 'n', '\u2603', '\0') });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9e14 }), fc.oneof(message, fc.string()), (timestamp, text) => {
      const line = encodeLogLine(timestamp, text);
      assert.equal(line.indexOf('\n'), line.length - 1);
      assert.doesNotMatch(line, /\r/);
      assert.deepEqual(decodeLogLine(Buffer.from(line.slice(0, -1))), {
        timestamp,
        message: Buffer.from(text).toString(),
      });
    }),
  );
});

test('a line that begins with no time is all message', () => {
  for (const text of ['', ' ', 'hello', '12', '-5 x', ' 5 x', '1.5 x', '9'.repeat(17) + ' x']) {
    assert.deepEqual(decodeLogLine(Buffer.from(text)), { timestamp: undefined, message: text });
  }
});

test('a backslash that no writer of ours made stays', () => {
  assert.equal(decodeLogLine(Buffer.from('1 C:\\temp\\')).message, 'C:\\temp\\');
});
