import type { Kind } from '../resource.ts';

type Listener = (kind: Kind, name: string) => void;

/** Tells listeners of this process that a row may be due. Each runs after the write that caused it has returned. */
export class Hints {
  readonly #listeners = new Set<Listener>();

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(kind: Kind, name: string): void {
    for (const listener of this.#listeners) {
      queueMicrotask(() => {
        if (this.#listeners.has(listener)) listener(kind, name);
      });
    }
  }
}
