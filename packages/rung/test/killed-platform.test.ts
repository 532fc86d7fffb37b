/** What a platform that was killed leaves in its folder must mislead nobody. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPlatform } from '../src/platform/running-platform.ts';
import { runProgram } from './run-program.ts';

const program = join(import.meta.dirname, '../bin/rung.js');

test('rung down leaves a stranger alone that has got the pid of a killed platform; the next start is not refused', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'k-'));
  t.after(() => rmSync(stateDir, { recursive: true, force: true }));
  const up = ['up', '--state-dir', stateDir, '--port', '0', '--tls-port', '0', '--detach', '--json'];
  const first = await runProgram(process.execPath, [program, ...up], {});
  assert.equal(first.code, 0, first.stderr);
  const file = join(stateDir, 'server.json');
  const description = readFileSync(file, 'utf8');
  const { pid } = JSON.parse(description) as { pid: number }; // written by the platform just started
  process.kill(pid, 'SIGKILL');

  const stranger = spawn('sleep', ['60']);
  t.after(() => stranger.kill('SIGKILL'));
  writeFileSync(file, description.replaceAll(String(pid), String(stranger.pid)));
  assert.equal(findPlatform(stateDir), undefined);
  const down = await runProgram(process.execPath, [program, 'down', '--state-dir', stateDir], {});
  assert.equal(down.code, 0, down.stderr);
  assert.match(down.stdout, /No platform runs/);
  assert.equal(stranger.exitCode ?? stranger.signalCode, null);

  const second = await runProgram(process.execPath, [program, ...up], {});
  assert.equal(second.code, 0, second.stderr);
  const end = await runProgram(process.execPath, [program, 'down', '--state-dir', stateDir], {});
  assert.match(end.stdout, /Rung is down/);
});
