import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogFile } from './log-file.ts';

test('times never go back, and several writers share a file line by line', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'rung-log-'));
  context.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'deep', 'stream');
  const [one, two] = [new LogFile(path), new LogFile(path)];
  one.append(Buffer.from('a'), 20);
  one.append(Buffer.from('b'), 10);
  one.flush();
  two.append(Buffer.from('c'), 15);
  two.close();
  one.close();
  assert.equal(readFileSync(path, 'utf8'), '20 a\n20 b\n15 c\n');
});

const prlimit = '/usr/bin/prlimit';

test(
  'a disk without space costs lines and says how many, not the job',
  { skip: existsSync(prlimit) ? false : 'needs prlimit' },
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'rung-log-'));
    context.after(() => rm(folder, { recursive: true }));
    // A limit on the file's size fails as a full disk does, in the middle of a line; it is lifted while the file stays open.
    const program = `
    const { LogFile } = await import(${JSON.stringify(new URL('./log-file.ts', import.meta.url).href)});
    const { execFileSync } = await import('node:child_process');
    process.on('SIGXFSZ', () => {});
    const log = new LogFile(${JSON.stringify(join(folder, 'stream'))});
    for (let i = 0; i < 300; i += 1) { log.append(Buffer.from('line ' + i), 7); log.flush(); }
    execFileSync('/usr/bin/prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
    log.append(Buffer.from('after'), 7);
    log.close();`;
    execFileSync(prlimit, ['--fsize=1000:unlimited', process.execPath, '--input-type=module', '-e', program]);
    const lines = readFileSync(join(folder, 'stream'), 'utf8').split('\n');
    const told = lines.find((line) => line.includes('lines were lost'));
    const lost = Number(/^7 (\d+) lines were lost: EFBIG/.exec(told ?? '')?.[1]);
    const whole = lines.filter((line, index) => line === `7 line ${index}`);
    // The line that was cut may have lost its newline only: then it counts as lost and can be read all the same.
    assert.ok([300, 301].includes(whole.length + lost), `${whole.length} + ${lost}`);
    assert.equal(lines.at(-2), '7 after');
  },
);
