import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeLogLine } from './log-line.ts';

test('a line holds its time and its message, escaped', () => {
  assert.equal(encodeLogLine(1700000000000, Buffer.from('plain é')).toString(), '1700000000000 plain é\n');
  assert.equal(encodeLogLine(5, Buffer.from('C:\\new\nline\r')).toString(), '5 C:\\\\new\\nline\\r\n');
});

test('bytes that are no UTF-8 become the replacement character', () => {
  assert.equal(encodeLogLine(5, Buffer.from([0x61, 0xff, 0x62])).toString(), '5 a\ufffdb\n');
});
