/**
 * Who may run now: at most `limit` jobs at a time, oldest first. It lives in this process because the limit is this machine's; what it knows
 * is read again from the store and the engine at every start, so losing it loses nothing.
 */
export class JobSlots {
  readonly #limit: number;
  readonly #taken = new Set<string>();
  /** Creation times of the jobs that wait. */
  readonly #waiting = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts a job that runs already, even above the limit: it was admitted before. */
  occupy(name: string): void {
    this.#waiting.delete(name);
    this.#taken.add(name);
  }

  /** Takes a slot when one is free and no older job waits for it; otherwise the job waits. Repeating it does no harm. */
  tryTake(name: string, createdAt: Date): boolean {
    if (this.#taken.has(name)) return true;
    this.wait(name, createdAt);
    // Most often all slots are taken: a long queue then costs nothing.
    if (this.#taken.size >= this.#limit || !this.next().includes(name)) return false;
    this.occupy(name);
    return true;
  }

  /** Keeps a place in the queue. */
  wait(name: string, createdAt: Date): void {
    if (!this.#taken.has(name)) this.#waiting.set(name, createdAt.getTime());
  }

  /** Gives back the slot, or the place in the queue, of a job that ended. */
  leave(name: string): void {
    this.#taken.delete(name);
    this.#waiting.delete(name);
  }

  /** The waiting jobs that there are free slots for, oldest first. */
  next(): string[] {
    const free = this.#limit - this.#taken.size;
    if (free <= 0) return [];
    const oldestFirst = [...this.#waiting].sort(([a, atA], [b, atB]) => atA - atB || (a < b ? -1 : 1));
    return oldestFirst.slice(0, free).map(([name]) => name);
  }

  get limit(): number {
    return this.#limit;
  }
}
