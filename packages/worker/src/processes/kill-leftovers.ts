import { setTimeout as sleep } from 'node:timers/promises';
import { processTree, processesWithEnvironment, readProcessTable } from './process-table.ts';

/** Name of the variable that marks every process of an instance. */
export const MARKER = 'RUNG_INSTANCE';

/**
 * Kills whatever a program left: its process group and session, its descendants, and every process that carries the instance's marker, also
 * those that went to a session of their own. Resolves when none is left, with how many there were.
 * @throws Error when some are still there after `limitMs`.
 */
export async function killLeftovers(marker: string, root: number | undefined, limitMs = 10_000): Promise<number> {
  const killed = new Set<number>();
  const deadline = Date.now() + limitMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    const found = new Set(processesWithEnvironment(MARKER, marker));
    if (root !== undefined) for (const entry of processTree(root, readProcessTable())) found.add(entry.pid);
    found.delete(process.pid);
    if (found.size === 0) return killed.size;
    if (Date.now() > deadline) throw new Error(`processes ${[...found].join(', ')} of ${marker} could not be killed`);
    for (const pid of found) {
      signalProcess(pid, 'SIGKILL');
      killed.add(pid);
    }
    await sleep(pause);
  }
}

/** Sends a signal; a process (or, for a negative pid, a group) that is gone already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code; // process.kill throws system errors only
    // EPERM: it changed its user; the caller sees that it is still there.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
