import { type FSWatcher, watch } from 'node:fs';
import type { WorkloadFolders, WorkloadRecord } from './workload-folders.ts';

// A worker that is killed writes no report: only asking finds that. Also what finds changes where the file system tells none.
const POLL_MS = 1000;

/** Tells when something about a workload may have changed. */
export class ChangeWatch {
  readonly #listeners = new Set<(id: string) => void>();
  /** Workloads that have not ended, as far as is known. */
  readonly #followed = new Map<string, { readonly nonce: string; readonly died: () => boolean }>();
  readonly #idByNonce = new Map<string, string>();
  readonly #watcher: FSWatcher | undefined;
  readonly #poll: NodeJS.Timeout;

  constructor(folders: WorkloadFolders) {
    this.#watcher = watchFolder(folders.reports, (name) => {
      const [nonce, index, ...rest] = name.split('.');
      const id = this.#idByNonce.get(nonce ?? '');
      if (id !== undefined && index !== undefined && rest.length === 1) this.tell(id);
    });
    this.#poll = setInterval(() => {
      for (const [id, { died }] of this.#followed) if (this.#watcher === undefined || died()) this.tell(id);
    }, POLL_MS);
    this.#poll.unref();
  }

  listen(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  follow({ id, nonce }: WorkloadRecord, died: () => boolean): void {
    this.#followed.set(id, { nonce, died });
    this.#idByNonce.set(nonce, id);
  }

  forget(id: string): void {
    const followed = this.#followed.get(id);
    if (followed === undefined) return;
    this.#followed.delete(id);
    this.#idByNonce.delete(followed.nonce);
  }

  tell(id: string): void {
    for (const listener of this.#listeners) listener(id);
  }

  close(): void {
    this.#listeners.clear();
    this.#watcher?.close();
    clearInterval(this.#poll);
  }
}

function watchFolder(folder: string, changed: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name !== null) changed(name);
    });
    // The poll goes on without it.
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined; // the system has no more watches to give, or the file system knows none
  }
}
