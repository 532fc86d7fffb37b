/** What an algorithm sees of the kernels: a heap, threads, and a way to call. */
import { availableParallelism } from 'node:os';
import { SharedHeap } from './shared-heap.ts';
import { ThreadPool } from './thread-pool.ts';

export interface Kernels {
  readonly heap: SharedHeap;
  readonly pool: ThreadPool;
  /** Ends the threads and forgets every array. */
  close(): Promise<void>;
}

/** `threads`: default is {@link defaultThreads}. */
export function openKernels(options: { readonly threads?: number } = {}): Kernels {
  const heap = new SharedHeap();
  const pool = new ThreadPool(heap.memory, options.threads ?? defaultThreads());
  return {
    heap,
    pool,
    close: async () => {
      await pool.close();
      heap.reset();
    },
  };
}

/** `RUNG_THREADS`, else `OMP_NUM_THREADS`, else the processors that this process may use. */
export function defaultThreads(environment: NodeJS.ProcessEnv = process.env): number {
  for (const name of ['RUNG_THREADS', 'OMP_NUM_THREADS']) {
    const threads = Number.parseInt(environment[name] ?? '', 10);
    if (threads >= 1) return Math.min(threads, 256);
  }
  return availableParallelism();
}

/** Rows in kernel memory are padded with zeros to a multiple of four numbers, so that a kernel reads whole vectors. */
export function rowStride(columns: number): number {
  return Math.ceil(columns / 4) * 4;
}
