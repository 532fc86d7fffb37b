/** A short run of `npm run chaos`: the control plane is killed at random instants while jobs run and an endpoint serves. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

const script = join(import.meta.dirname, '../../../tools/chaos.ts');

test(
  'a control plane that is killed again and again loses no job, runs none twice, keeps its endpoint and leaves nothing behind',
  { skip: process.platform !== 'linux' && 'it finds what is left through /proc, which only Linux has' },
  async () => {
    // The seed is fixed, so that a failure can be repeated; `npm run chaos` draws new ones.
    const run = spawn(process.execPath, [script, '--seed', '20261123', '--kills', '8', '--jobs', '6'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said, [code]] = await Promise.all([text(run.stdout), once(run, 'exit')]);
    assert.equal(code, 0, said);
  },
);
