/** Only one control plane may work on a state folder. The lock is the operating system's, so it ends with the process, also by `kill -9`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Thrown when another control plane holds the state folder. */
export class StateFolderInUse extends Error {
  constructor(stateDir: string) {
    super(
      `Another Rung works on the state folder ${stateDir}. ` +
        'Stop it with `rung down`, use it with `eval "$(rung env)"`, or give this one a folder of its own: `rung up --state-dir FOLDER --port PORT`.',
    );
    this.name = 'StateFolderInUse';
  }
}

export interface StateLock {
  release(): void;
}

/**
 * Takes the folder (made when it is not there, readable by its owner only).
 * @throws StateFolderInUse
 */
export function lockStateFolder(stateDir: string): StateLock {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  // Node has no file locks of its own; SQLite brings tested ones for every platform. The database stays empty.
  const database = new DatabaseSync(join(stateDir, 'lock.db'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) throw new StateFolderInUse(stateDir);
    throw error;
  }
  return { release: () => database.close() };
}
