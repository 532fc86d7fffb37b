import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { compileMetricRegex } from './metric-regex.ts';

test('the first group is the value', () => {
  assert.equal(compileMetricRegex('loss=([0-9.e+-]+)').read('epoch 1 loss=1.5e-3;'), 0.0015);
  assert.equal(compileMetricRegex('loss=([0-9.]+)').read('nothing here'), undefined);
  assert.equal(compileMetricRegex('loss=(.*)').read('loss=nan'), undefined);
  assert.equal(compileMetricRegex('loss=(.*)').read('loss='), undefined);
});

test("Python's named groups and leading flags are understood", () => {
  assert.equal(compileMetricRegex('(?i)Loss: (?P<value>[0-9.]+)').read('LOSS: 2'), 2);
});

test('an expression that is none is refused', () => {
  assert.throws(() => compileMetricRegex('('), SyntaxError);
});

test('an expression that backtracks without end is given up, with look-around too', () => {
  // In a process of its own: a mistake here would run for hours.
  const module = new URL('./metric-regex.ts', import.meta.url).href;
  const program = `
    const { compileMetricRegex, limitBacktracking } = await import(${JSON.stringify(module)});
    limitBacktracking();
    const line = 'a'.repeat(5000) + '!';
    for (const source of ['^(a+)+$', '(?=a)(a+)+$', '(a*)*\\\\1b']) {
      const regex = compileMetricRegex(source);
      for (let i = 0; i < 20; i += 1) regex.read(line);
    }
    console.log(compileMetricRegex('(?<=loss=)([0-9]+)').read('loss=7'));`;
  const args = ['--input-type=module', '-e', program];
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 8000 }), '7\n');
});
