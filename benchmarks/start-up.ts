/**
 * How long `rung up` takes to its first answered request, and how much memory an idle platform holds.
 *
 * Claims: at most 1 s from the start of the process to the first answer to a signed request (median of 7); at most 150 MB resident when idle.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Session } from '../packages/sdk/src/index.ts';
import { median, report } from './report.ts';

const rung = join(import.meta.dirname, '../packages/rung/bin/rung.js');
const runs = 7;
const idleSeconds = 10;

const stateDir = mkdtempSync(join(tmpdir(), 'bench-up-'));
const seconds: number[] = [];
let residentMb = 0;
try {
  for (let run = 0; run <= runs; run++) {
    const started = performance.now();
    const server = spawn(process.execPath, [rung, 'up', '--state-dir', stateDir, '--port', '0', '--tls-port', '0'], {
      stdio: 'ignore',
    });
    while (!existsSync(join(stateDir, 'server.json'))) await delay(2);
    await new Session({ stateDir }).sagemaker.call('ListTrainingJobs', {});
    // The first run makes keys, certificates and databases, which happens once in a platform's life.
    if (run > 0) seconds.push((performance.now() - started) / 1000);
    if (run === runs) {
      await delay(idleSeconds * 1000);
      residentMb = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
    }
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
} finally {
  rmSync(stateDir, { recursive: true, force: true });
}

const start = median(seconds);
report('Start-up', [
  {
    measure: '`rung up` to the first answered request',
    ours: `${start.toFixed(2)} s`,
    target: '≤ 1 s',
    holds: start <= 1,
  },
  {
    measure: 'idle resident memory',
    ours: `${residentMb.toFixed(0)} MB`,
    target: '≤ 150 MB',
    holds: residentMb <= 150,
  },
]);
