import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { workerMain } from '@rung/worker';
import type { InstancePaths } from './workload-folders.ts';

/** Starts a worker that outlives this process. Its complaints, if any, go to a file beside its spec. */
export function spawnWorker(paths: InstancePaths, environment: Readonly<Record<string, string>>): ChildProcess {
  const log = openSync(paths.workerLog, 'a', 0o600);
  try {
    const worker = spawn(process.execPath, [fileURLToPath(workerMain), paths.specFile], {
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
