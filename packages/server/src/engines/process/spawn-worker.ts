import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workerMain } from '@rung/worker';
import type { InstancePaths } from './workload-folders.ts';

const FLAGS = [
  // Metric expressions come from users: one that backtracks without end is taken over by an engine of linear time.
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  '--disable-warning=ExperimentalWarning',
];

/** Starts a worker that outlives this process. Its complaints, if any, go to a file beside its spec. */
export function spawnWorker(paths: InstancePaths, environment: Readonly<Record<string, string>>): ChildProcess {
  const log = openSync(paths.workerLog, 'a', 0o600);
  try {
    const worker = spawn(process.execPath, [...FLAGS, fileURLToPath(workerMain), paths.specFile], {
      cwd: '/',
      env: environment,
      detached: true,
      stdio: ['ignore', log, log],
    });
    worker.unref();
    return worker;
  } finally {
    closeSync(log);
  }
}
