import { existsSync, readdirSync, renameSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type InstanceReport, isAlive, readClaim, signalProcess } from '@rung/worker';
import { readReport } from './instance-status.ts';
import { type WorkloadFolders, type WorkloadRecord, readRecord } from './workload-folders.ts';

/**
 * Takes a workload away. The folder is renamed first: from then on the workload does not exist, no worker can claim an instance of it any
 * more, and whoever finds the renamed folder after a crash can finish the work.
 */
export async function removeWorkload(
  folders: WorkloadFolders,
  id: string,
  finish: (gone: string) => Promise<void>,
): Promise<void> {
  const record = folders.record(id);
  const folder = folders.folder(id);
  if (!existsSync(folder)) return;
  const gone = join(folders.root, `.gone-${record?.nonce ?? Date.now().toString(36)}`);
  try {
    renameSync(folder, gone);
  } catch (error) {
    if (existsSync(folder)) throw error;
    return; // another call is faster
  }
  await finish(gone);
}

/** Folders of removals that a crash interrupted. */
export function interruptedRemovals(folders: WorkloadFolders): string[] {
  return readdirSync(folders.root).flatMap((name) => (name.startsWith('.gone-') ? [join(folders.root, name)] : []));
}

/** What an engine does itself to take a workload away. */
export interface RemovalSteps {
  /** Kills the program of an instance whose worker is gone. */
  killProgram(record: WorkloadRecord, index: number, report: InstanceReport | undefined): Promise<void>;
  /** Takes away what the workload had beside its instances and folders. */
  release(record: WorkloadRecord): Promise<void>;
}

export async function finishRemoval(folders: WorkloadFolders, gone: string, steps: RemovalSteps): Promise<void> {
  const record = readRecord(gone);
  if (record !== undefined) {
    for (let index = 0; index < record.instanceCount; index += 1) {
      const paths = folders.instance(record, index, gone);
      const claim = readClaim(paths.claimFile);
      if (claim !== undefined) await killWorker(claim.worker);
      await steps.killProgram(record, index, readReport(paths.reportFile));
      await rm(paths.reportFile, { force: true });
    }
    await steps.release(record);
    await removeFolder(record.runDir);
  }
  await removeFolder(gone);
}

async function killWorker(worker: Parameters<typeof isAlive>[0]): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (let pause = 1; isAlive(worker); pause = Math.min(2 * pause, 50)) {
    if (Date.now() > deadline) throw new Error(`the worker with process id ${worker.pid} could not be killed`);
    signalProcess(worker.pid, 'SIGKILL');
    await sleep(pause);
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code; // rm throws system errors only
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error;
    // The program may have taken away its own right to write to its folders.
    await makeWritable(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
