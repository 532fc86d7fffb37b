/** Getting what was written through to the disk, once for all who wait at the same time. */
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Runs a flush at most once at a time. Who asks while one runs gets the next: the running one may have started before the caller's write. So a
 * hundred waiting writers cost two flushes, not a hundred.
 */
export class SharedFlush {
  readonly #flush: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(flush: () => Promise<void>) {
    this.#flush = flush;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  request(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    const afterRunning = () => {
      this.#next = undefined;
      return this.#start();
    };
    this.#next ??= this.#running.then(afterRunning, afterRunning);
    return this.#next;
  }

  #start(): Promise<void> {
    const running = this.#flush().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}

/** Makes new, renamed and removed entries of folders last. */
export class DirectoryFlushes {
  readonly #flushes = new Map<string, SharedFlush>();

  async flush(directory: string): Promise<void> {
    let shared = this.#flushes.get(directory);
    if (shared === undefined) this.#flushes.set(directory, (shared = new SharedFlush(() => flushDirectory(directory))));
    await shared.request();
    if (!shared.busy) this.#flushes.delete(directory);
  }
}

async function flushDirectory(directory: string): Promise<void> {
  // Windows cannot flush a folder; NTFS journals renames itself.
  if (process.platform === 'win32') return;
  let handle: FileHandle;
  try {
    handle = await open(directory, 'r');
  } catch (error) {
    // Removed again by then: there is nothing left to make last.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
