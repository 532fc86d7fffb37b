/**
 * A little disk space kept for when there is no more: removing an object, or ending a change that a full disk stopped half way, needs a few
 * pages of the index, and without them nobody could ever make room.
 */
import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { isDiskFull } from '../object-store-error.ts';

const RESERVE_BYTES = 1024 * 1024;

export class DiskReserve {
  readonly #file: string;
  #isWhole = false;

  constructor(file: string) {
    this.#file = file;
    this.refill();
  }

  /** Runs `task`; once more, with the reserve given up, when the disk is full. */
  use<T>(task: () => T): T {
    try {
      return task();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#isWhole = false;
      truncateSync(this.#file);
      return task();
    }
  }

  /** Throws as a full disk does while the reserve cannot be taken again: what makes objects may not live on what was kept for removing them. */
  require(): void {
    this.refill();
    if (!this.#isWhole) throw Object.assign(new Error('the reserve cannot be taken again'), { code: 'ENOSPC' });
  }

  /** Takes the space again, where it was given up and there is some. */
  refill(): void {
    if (this.#isWhole) return;
    try {
      // Written, not only set to that length: a hole reserves nothing. What a full disk cuts short is kept as it is.
      if (statSync(this.#file, { throwIfNoEntry: false })?.size !== RESERVE_BYTES)
        writeFileSync(this.#file, Buffer.alloc(RESERVE_BYTES, 1));
      this.#isWhole = true;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
  }
}
