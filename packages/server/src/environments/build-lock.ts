import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';

/** Between two tries while another process builds. */
const pollMs = 200;

/**
 * Waits until this process alone may build. The lock is the operating system's, so it ends with its process, also by `kill -9`.
 * @param done asked before each try: whether there is nothing left to build. Answers `undefined` then.
 * Thrown when the signal aborts: its reason.
 */
export async function takeBuildLock(
  file: string,
  done: () => boolean,
  signal: AbortSignal,
): Promise<(() => void) | undefined> {
  for (;;) {
    signal.throwIfAborted();
    if (done()) return undefined;
    const database = new DatabaseSync(file);
    try {
      // Node has no file locks of its own; SQLite brings tested ones for every platform. The database stays empty.
      database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;');
      return () => database.close();
    } catch (error) {
      database.close();
      if (!(error instanceof Error && /locked|busy/i.test(error.message))) throw error;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}
