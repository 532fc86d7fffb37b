import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LineSplitter, MAX_LINE_BYTES } from './line-splitter.ts';

function split(chunks: readonly Buffer[], times: readonly number[] = []): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line.toString('latin1')));
  for (const [index, chunk] of chunks.entries()) splitter.write(chunk, times[index] ?? 10_000);
  splitter.end(20_000);
  return lines;
}

test('lines do not depend on how the bytes are cut into chunks', () => {
  const bytes = fc
    .array(fc.constantFrom('a', 'b', '\n', '\n', 'é'), { maxLength: 60 })
    .map((all) => Buffer.from(all.join('')));
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(60), { maxLength: 8 }), (text, cuts) => {
      const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).toSorted((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, index) => text.subarray(at[index], end));
      assert.deepEqual(
        split(chunks),
        text
          .toString('latin1')
          .split('\n')
          .filter((line) => line !== ''),
      );
    }),
  );
});

test('CRLF ends a line, also when the chunk ends between the two', () => {
  assert.deepEqual(split([Buffer.from('a\r\nb\r'), Buffer.from('\nc\r\n')]), ['a', 'b', 'c']);
});

test('a progress bar shows one state a second, and the last', () => {
  const states = Array.from({ length: 30 }, (_, index) => Buffer.from(`\r${index} %`));
  const times = states.map((_, index) => 10_000 + index * 100);
  assert.deepEqual(split([...states, Buffer.from('\ndone\n')], [...times, 13_000]), [
    '0 %',
    '10 %',
    '20 %',
    '29 %',
    'done',
  ]);
});

test('a line over the limit becomes several, none of which ends inside a character', () => {
  const text = Buffer.from('é'.repeat(MAX_LINE_BYTES / 2 + 10) + 'x\n');
  const odd = Buffer.concat([Buffer.from('x'), text]);
  for (const chunks of [[text], [odd], [odd.subarray(0, 70_001), odd.subarray(70_001)]]) {
    const lines = split(chunks);
    assert.equal(lines.length, 2);
    assert.ok(
      lines.every(
        (line) =>
          line.length <= MAX_LINE_BYTES &&
          Buffer.from(Buffer.from(line, 'latin1').toString('utf8')).toString('latin1') === line,
      ),
    );
    assert.equal(lines.join('').length, Buffer.concat(chunks).length - 1);
  }
});
