/** Waits for changes of a file that may not exist yet: by the operating system's notice, and by looking now and then. */
import { type FSWatcher, watch } from 'node:fs';

export interface FileChanges {
  /** Resolves at the next change (one since the last call counts), or when it is time to look, or when the signal aborts. */
  next(): Promise<void>;
  close(): void;
}

export function fileChanges(path: string, signal: AbortSignal): FileChanges {
  let watcher: FSWatcher | undefined;
  let changed = false;
  let wake = (): void => undefined;
  const note = (): void => {
    changed = true;
    wake();
  };
  const rewatch = (): void => {
    try {
      watcher ??= watch(path, note).on('error', note);
    } catch {
      // Not there yet, or no watches left on this system: looking now and then finds it.
    }
  };
  rewatch();
  signal.addEventListener('abort', note, { once: true });
  return {
    async next() {
      if (!changed && !signal.aborted) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, watcher ? LOOK_MS : LOOK_FOR_MS);
        });
        clearTimeout(timer);
      }
      changed = false;
      rewatch();
    },
    close() {
      signal.removeEventListener('abort', note);
      watcher?.close();
    },
  };
}

/** Network file systems give no notice; no reader waits longer than this. */
const LOOK_MS = 500;
/** While there is nothing to watch yet. */
const LOOK_FOR_MS = 100;
