import { writeSync } from 'node:fs';

/** The reader closed its end, or the job ended: nobody wants more of this epoch. */
export class NobodyReads extends Error {
  override readonly name = 'NobodyReads';
}

/** Small pieces are gathered up to this size: a pipe's own capacity on Linux. */
const GATHERED_BYTES = 65_536;

/**
 * Writes to a pipe by calls that block until the reader has taken what does not fit: that is the back-pressure. For a thread of its own.
 * Every method throws {@link NobodyReads} once the reader is gone.
 */
export class FifoWriter {
  readonly #descriptor: number;
  readonly #stopped: () => boolean;
  readonly #gathered = Buffer.allocUnsafe(GATHERED_BYTES);
  #filled = 0;

  constructor(descriptor: number, stopped: () => boolean) {
    this.#descriptor = descriptor;
    this.#stopped = stopped;
  }

  /** The bytes may be used again afterwards. */
  write(bytes: Uint8Array): void {
    if (this.#filled + bytes.length <= GATHERED_BYTES) {
      this.#gathered.set(bytes, this.#filled);
      this.#filled += bytes.length;
      return;
    }
    this.flush();
    if (bytes.length < GATHERED_BYTES) this.write(bytes);
    else this.#writeAll(bytes);
  }

  flush(): void {
    const length = this.#filled;
    this.#filled = 0;
    this.#writeAll(this.#gathered.subarray(0, length));
  }

  #writeAll(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#stopped()) throw new NobodyReads();
      try {
        at += writeSync(this.#descriptor, bytes, at);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EPIPE')
          throw new NobodyReads('the reader closed the pipe', { cause: error });
        throw error;
      }
    }
  }
}
