/**
 * Hashes large bodies beside the main thread. MD5 makes some 850 MB/s of one core, so on the main thread it would both halve the speed of an
 * upload and stop everything else that the control plane does. Threads start with the first large body and end when there was none for a while.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { OwnPiece } from '../pieces.ts';
import type { BodyDigests, BodySums } from './body-hash.ts';
import type { HashReply, HashRequest } from './hash-worker.ts';

/** One body: updates one after the other without waiting, then one digest; or `abandon`. */
export interface StreamHash {
  /** Takes the pieces away from the caller; resolves when they are hashed and their memory is free. */
  update(pieces: readonly OwnPiece[]): Promise<void>;
  digest(): Promise<BodyDigests>;
  abandon(): void;
}

const MAX_THREADS = 4;
const IDLE_MS = 10_000;

export class HashPool {
  readonly #threads: HashThread[] = [];
  #nextStream = 1;

  open(sums: BodySums): StreamHash {
    return this.#leastLoaded().open(this.#nextStream++, sums);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.end()));
  }

  #leastLoaded(): HashThread {
    const idlest = this.#threads.toSorted((a, b) => a.load - b.load)[0];
    const limit = Math.min(MAX_THREADS, availableParallelism());
    if (idlest !== undefined && (idlest.load === 0 || this.#threads.length >= limit)) return idlest;
    const thread: HashThread = new HashThread(() => {
      const index = this.#threads.indexOf(thread);
      if (index >= 0) this.#threads.splice(index, 1);
    });
    this.#threads.push(thread);
    return thread;
  }
}

interface Waiting {
  updates: PromiseWithResolvers<void>[];
  digest: PromiseWithResolvers<BodyDigests> | undefined;
}

class HashThread {
  // The suffix is that of this file: `.ts` in the repository, `.js` where the package was compiled.
  readonly #worker = new Worker(new URL(`./hash-worker${extname(import.meta.url)}`, import.meta.url));
  readonly #streams = new Map<number, Waiting>();
  readonly #onGone: () => void;
  #idle: NodeJS.Timeout | undefined;

  constructor(onGone: () => void) {
    this.#onGone = onGone;
    this.#worker.on('message', (reply: HashReply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The thread that hashes bodies ended early.')));
    // A thread without work must not keep the process alive.
    this.#worker.unref();
  }

  get load(): number {
    return this.#streams.size;
  }

  open(stream: number, sums: BodySums): StreamHash {
    clearTimeout(this.#idle);
    this.#worker.ref();
    const waiting: Waiting = { updates: [], digest: undefined };
    this.#streams.set(stream, waiting);
    return {
      update: (pieces) => {
        const done = Promise.withResolvers<void>();
        waiting.updates.push(done);
        this.#send({ kind: 'update', stream, pieces, sums }, pieces);
        return done.promise;
      },
      digest: () => {
        waiting.digest = Promise.withResolvers<BodyDigests>();
        this.#send({ kind: 'digest', stream });
        return waiting.digest.promise;
      },
      abandon: () => {
        this.#send({ kind: 'abandon', stream });
        this.#release(stream);
      },
    };
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#worker.terminate();
  }

  #send(request: HashRequest, given: readonly OwnPiece[] = []): void {
    this.#worker.postMessage(
      request,
      given.map(({ buffer }) => buffer),
    );
  }

  #receive(reply: HashReply): void {
    const waiting = this.#streams.get(reply.stream);
    if (waiting === undefined) return;
    if (reply.kind === 'updated') return waiting.updates.shift()?.resolve();
    this.#release(reply.stream);
    waiting.digest?.resolve(reply.digests);
  }

  #release(stream: number): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    this.#worker.unref();
    this.#idle = setTimeout(() => {
      this.#onGone();
      void this.end();
    }, IDLE_MS).unref();
  }

  #fail(error: Error): void {
    clearTimeout(this.#idle);
    this.#onGone();
    for (const waiting of this.#streams.values()) {
      for (const update of waiting.updates) update.reject(error);
      waiting.digest?.reject(error);
    }
    this.#streams.clear();
  }
}
