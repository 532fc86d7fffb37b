/**
 * Who may run now: at most `limit` jobs at a time, of whatever kind, oldest first. It lives in this process because the limit is this machine's; what it
 * knows is read again from the store and the engines at every start, so losing it loses nothing.
 */
export class JobSlots {
  readonly limit: number;
  readonly #taken = new Set<string>();
  /** Creation times of the jobs that wait. */
  readonly #waiting = new Map<string, number>();
  readonly #listeners = new Set<() => void>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** The slots as one kind of job sees them: by the names of its own jobs, counted with all others. */
  of(kind: string): KindSlots {
    return new KindSlots(this, kind);
  }

  /** Counts a job that runs already, even above the limit: it was admitted before. */
  occupy(id: string): void {
    this.#waiting.delete(id);
    this.#taken.add(id);
  }

  /** Takes a slot when one is free and no older job waits for it; otherwise the job waits. Repeating it does no harm. */
  tryTake(id: string, createdAt: Date): boolean {
    if (this.#taken.has(id)) return true;
    this.wait(id, createdAt);
    // Most often all slots are taken: a long queue then costs nothing.
    if (this.#taken.size >= this.limit || !this.next().includes(id)) return false;
    this.occupy(id);
    return true;
  }

  /** Keeps a place in the queue. */
  wait(id: string, createdAt: Date): void {
    if (!this.#taken.has(id)) this.#waiting.set(id, createdAt.getTime());
  }

  /** Gives back the slot, or the place in the queue, of a job that ended. */
  leave(id: string): void {
    const had = this.#taken.delete(id);
    if (this.#waiting.delete(id) || had) for (const listener of this.#listeners) listener();
  }

  /** The waiting jobs that there are free slots for, oldest first. */
  next(): string[] {
    const free = this.limit - this.#taken.size;
    if (free <= 0) return [];
    const oldestFirst = [...this.#waiting].sort(([a, atA], [b, atB]) => atA - atB || (a < b ? -1 : 1));
    return oldestFirst.slice(0, free).map(([id]) => id);
  }

  /** Told whenever a slot or a place in the queue became free; returns the unsubscribe function. */
  onFree(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** {@link JobSlots} for one kind of job, by name. */
export class KindSlots {
  readonly #slots: JobSlots;
  readonly #prefix: string;

  constructor(slots: JobSlots, kind: string) {
    this.#slots = slots;
    this.#prefix = `${kind}/`;
  }

  get limit(): number {
    return this.#slots.limit;
  }

  occupy(name: string): void {
    this.#slots.occupy(this.#prefix + name);
  }

  tryTake(name: string, createdAt: Date): boolean {
    return this.#slots.tryTake(this.#prefix + name, createdAt);
  }

  wait(name: string, createdAt: Date): void {
    this.#slots.wait(this.#prefix + name, createdAt);
  }

  leave(name: string): void {
    this.#slots.leave(this.#prefix + name);
  }

  /** Wakes those whose turn it is: now, and whenever a slot becomes free. Returns the unsubscribe function. */
  wakeNext(wake: (name: string) => void): () => void {
    const wakeAll = (): void => {
      for (const id of this.#slots.next()) if (id.startsWith(this.#prefix)) wake(id.slice(this.#prefix.length));
    };
    wakeAll();
    return this.#slots.onFree(wakeAll);
  }
}
