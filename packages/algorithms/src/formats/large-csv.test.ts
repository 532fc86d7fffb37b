import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError } from '../errors.ts';
import { Random } from '../random.ts';
import { decodeInstances, featureMatrix } from './instances.ts';
import { largeCsv } from './large-csv.ts';

const random = new Random(3);
const lines = Array.from({ length: 9000 }, () =>
  Array.from({ length: 5 }, () => String(random.normal() * 100)).join(','),
);

function matrix(text: string, contentType = 'text/csv'): Float32Array {
  const { instances } = decodeInstances(contentType, Buffer.from(text));
  return featureMatrix(instances, contentType === 'text/csv' ? 5 : 4).values;
}

/** In bodies that are too small for the kernel. */
function inParts(contentType?: string): number[] {
  const parts = Array.from({ length: 9 }, (_, part) => lines.slice(part * 1000, (part + 1) * 1000).join('\n'));
  assert.ok(parts.every((part) => part.length < largeCsv));
  return parts.flatMap((part) => [...matrix(part, contentType)]);
}

test('a large request gives the numbers that small ones give, with and without labels, quotes and blank lines', () => {
  assert.ok(lines.join('\n').length > 2 * largeCsv);
  assert.deepEqual([...matrix(lines.join('\n'))], inParts());
  assert.deepEqual([...matrix(`\n${lines.join('\r\n\r\n')}\n`)], inParts());
  assert.deepEqual([...matrix(lines.join('\n').replace(/,([^,]*)/, ',"$1"'))], inParts());
  assert.deepEqual([...matrix(lines.join('\n'), 'text/csv; label_size=1')], inParts('text/csv; label_size=1'));
});

test('a mistake in a large request is told as in a small one', () => {
  const broken = (line: string, at: number): string => lines.with(at, line).join('\n');
  for (const [text, message] of [
    [broken('1,2,x,4,5', 8000), /^line 8001, column 3: 'x' is not a number$/],
    [broken('1,2,,4,5', 7), /^line 8, column 3: the field is empty$/],
    [broken('1,2,3', 8000), /^row 8001: 3 features, expected 5$/],
    [broken('1,2,3,4,5,6', 0), /^row 1: 6 features, expected 5$/],
  ] as const) {
    assert.throws(
      () => matrix(text),
      (error) => error instanceof ClientError && message.test(error.message),
    );
  }
});
