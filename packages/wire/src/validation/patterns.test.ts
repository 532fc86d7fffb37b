import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadService, serviceNames } from '../model/load-service.ts';
import type { Shape } from '../model/shapes.ts';
import { compilePattern } from './patterns.ts';

/** Pieces that patterns repeat; many of one, then something that fits nowhere, is what makes an expression try every split. */
const pieces = ['a', 'a-', '-a', '--', '1', 'a.', 'a/', ' ', '\t', 'a b', '_', 'A', ':', 'arn:aws:', '1.', '0-'];
const heads = ['', 'a', 'https://', 's3://', 'arn:aws:sagemaker:us-east-1:123456789012:'];
const tails = ['\u2028', '!', '/\u2028'];
/** An exponential expression needs years for such a value; a linear one, microseconds. Milliseconds. */
const longest = 100;

test('every pattern of every model is expressed, under the u flag', async () => {
  for (const pattern of await allPatterns()) {
    assert.ok(compilePattern(pattern)?.unicode, pattern);
  }
});

test('no value makes a pattern backtrack without end', async () => {
  for (const pattern of await allPatterns()) {
    const expression = compilePattern(pattern);
    for (const head of heads) {
      for (const piece of pieces) {
        for (const tail of tails) tryHostile(expression, head, piece, tail, pattern);
      }
    }
  }
});

test('linear forms accept what the models mean', () => {
  const path = compilePattern('https://([.\\-_a-zA-Z0-9]+/?){3,1016}');
  assert.ok(path?.test('https://a.b/c/'));
  assert.ok(path?.test('https://abc'));
  assert.ok(!path?.test('https://ab'));
  assert.ok(!path?.test('https://a//b/c'));
  const lines = compilePattern('.*(?:[ \\r\\n\\t].*)*.*');
  assert.ok(lines?.test('one\ntwo\r\nthree') && lines.test(''));
  const wildcard = compilePattern('^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$');
  assert.ok(wildcard?.test('a/b*c.d') && !wildcard.test('a//b') && !wildcard.test('a/'));
  const short = compilePattern('[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?');
  assert.ok(short?.test('a-b') && short.test('a') && !short.test('a-'));
});

test('what only Java says is said in JavaScript', () => {
  assert.ok(compilePattern('\\p{Print}+')?.test('a ~'));
  assert.ok(!compilePattern('\\p{Print}+')?.test('\n'));
  assert.ok(compilePattern('\\A\\S[\\p{Print}]*\\z')?.test('a b'));
  assert.ok(compilePattern('([\\p{L}\\p{Z}\\p{N}_.:\\/=+\\-@]*)${1,128}')?.test('Größe 1'));
  assert.equal(compilePattern('(unclosed'), undefined);
});

/** The value grows until the time is felt, so that a bad expression fails the test instead of stopping it. */
function tryHostile(expression: RegExp | undefined, head: string, piece: string, tail: string, pattern: string): void {
  for (const times of [8, 16, 22, 26, 40, 200]) {
    const value = head + piece.repeat(times) + tail;
    // A busy machine can make one try long, but not each of four.
    const isQuick = [1, 2, 3, 4].some(() => elapsed(expression, value) < longest);
    assert.ok(isQuick, `${pattern} takes more than ${longest} ms for ${times} times "${piece}" after "${head}"`);
  }
}

function elapsed(expression: RegExp | undefined, value: string): number {
  const start = performance.now();
  expression?.test(value);
  return performance.now() - start;
}

async function allPatterns(): Promise<Set<string>> {
  const patterns = new Set<string>();
  for (const name of serviceNames) {
    const service = await loadService(name);
    const seen = new Set<Shape>();
    for (const operation of service.operationNames) {
      const input = service.operation(operation)?.input;
      if (input !== undefined) collect(input, seen, patterns);
    }
  }
  return patterns;
}

function collect(shape: Shape, seen: Set<Shape>, patterns: Set<string>): void {
  if (seen.has(shape)) return;
  seen.add(shape);
  if (shape.type === 'string' && shape.pattern !== undefined && shape.values === undefined) patterns.add(shape.pattern);
  else if (shape.type === 'structure') for (const member of shape.members) collect(member.shape, seen, patterns);
  else if (shape.type === 'list') collect(shape.member.shape, seen, patterns);
  else if (shape.type === 'map')
    for (const { shape: inner } of [shape.key, shape.value]) collect(inner, seen, patterns);
}
