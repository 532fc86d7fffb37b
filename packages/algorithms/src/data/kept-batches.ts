/** Batches that are kept in memory for further epochs. */
import { setImmediate as turn } from 'node:timers/promises';

export interface KeepOptions {
  /** Keep the batches for further epochs, if they fit in {@link memoryBytes}. Default false. */
  readonly keep?: boolean;
  /** Default: 2 GB, or a third of the memory that this process may still take. What does not fit is read again in every epoch. */
  readonly memoryBytes?: number;
}

/** Bytes that may be kept. */
export function keepBudget({ keep = false, memoryBytes }: KeepOptions): number {
  return keep ? (memoryBytes ?? Math.min(2 ** 31, process.availableMemory() / 3)) : 0;
}

/** In milliseconds. */
const mostSilence = 20;

/** Goes through kept batches. Nothing there waits for the disk, and without a turn of the event loop now and then no signal would be heard. */
export class Replay {
  #turned = performance.now();

  async *of<B>(batches: readonly B[]): AsyncGenerator<B> {
    for (const batch of batches) {
      yield batch;
      if (performance.now() - this.#turned < mostSilence) continue;
      await turn();
      this.#turned = performance.now();
    }
  }
}
