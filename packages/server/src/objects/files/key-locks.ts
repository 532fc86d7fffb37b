/** One at a time per name, in the order of asking; different names do not wait for each other. */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<unknown>>();

  async run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(name);
    // Whether the one before succeeded is its caller's business.
    const mine = before === undefined ? task() : before.then(task, task);
    this.#tails.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(name) === mine) this.#tails.delete(name);
    }
  }
}
