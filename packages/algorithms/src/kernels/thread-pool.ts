/** Threads over one shared memory, and the parallel-for that spreads a kernel's blocks over them. */
import { Worker } from 'node:worker_threads';
import { kernelModules, type KernelModule } from './kernel-modules.ts';
import {
  closed,
  ModuleTable,
  mostArguments,
  mostBlocks,
  runBlocks,
  threadControl,
  threadControlBuffer,
  word,
  type ThreadControl,
  type ThreadStart,
} from './thread-control.ts';

/** Thrown when a kernel trapped, in whichever thread. */
export class KernelFault extends Error {
  constructor(kernel: string, message: string) {
    super(`kernel ${kernel} failed: ${message}`);
    this.name = 'KernelFault';
  }
}

/** The work of one parallel-for: `items` cut into blocks of `grain`. */
export interface Span {
  readonly items: number;
  readonly grain: number;
}

/**
 * The thread that owns the pool works too, so a pool of one thread starts no worker. Blocks are claimed one by one; which thread runs a block
 * is luck, so a kernel whose result must not depend on the number of threads writes to a place of its block's own.
 */
export class ThreadPool {
  readonly threads: number;
  readonly #memory: WebAssembly.Memory;
  readonly #buffer = threadControlBuffer();
  readonly #control: ThreadControl = threadControl(this.#buffer);
  readonly #modules: ModuleTable;
  #workers: Worker[] = [];

  constructor(memory: WebAssembly.Memory, threads: number) {
    this.#memory = memory;
    this.#modules = new ModuleTable(memory);
    this.threads = threads;
    Atomics.store(this.#control.words, word.next, closed);
  }

  /** Runs a kernel once in the calling thread, without blocks. */
  call(module: KernelModule, name: string, args: readonly number[]): number {
    const kernel = this.#modules.get(kernelModules.indexOf(module)).kernels[name];
    if (kernel === undefined) throw new RangeError(`module ${module} has no kernel ${name}`);
    try {
      return kernel(...args) ?? 0;
    } catch (error) {
      throw new KernelFault(`${module}.${name}`, error instanceof Error ? error.message : String(error));
    }
  }

  /**
   * Calls `kernel(...args, first, end, block)` for every block and returns what the blocks returned, in block order. The answer is valid until
   * the next call. Thrown when the kernel traps: {@link KernelFault}; when there are more than 16,384 blocks: RangeError.
   */
  parallel(module: KernelModule, name: string, span: Span, args: readonly number[]): Float64Array {
    const { words, results } = this.#control;
    const blocks = Math.ceil(span.items / span.grain);
    if (blocks > mostBlocks || args.length > mostArguments)
      throw new RangeError(`kernel ${name}: too many blocks or arguments`);
    const moduleIndex = kernelModules.indexOf(module);
    const kernel = this.#modules.get(moduleIndex).names.indexOf(name);
    if (kernel < 0) throw new RangeError(`module ${module} has no kernel ${name}`);
    if (blocks > 1) this.#startWorkers();

    this.#control.args.set(args);
    words[word.module] = moduleIndex;
    words[word.kernel] = kernel;
    words[word.blocks] = blocks;
    words[word.items] = span.items;
    words[word.grain] = span.grain;
    words[word.argumentCount] = args.length;
    Atomics.store(words, word.next, 0);
    if (blocks > 1) this.#wake();
    runBlocks(this.#control, this.#modules);
    Atomics.store(words, word.next, closed);
    this.#waitForOthers();
    this.#throwIfFailed(`${module}.${name}`);
    return results.subarray(0, blocks);
  }

  /** Ends the threads. The pool can be used again afterwards: it starts new ones. */
  async close(): Promise<void> {
    const workers = this.#workers;
    if (workers.length === 0) return;
    this.#workers = [];
    const ended = workers.map((worker) => {
      worker.ref();
      return new Promise((resolve) => worker.once('exit', resolve));
    });
    Atomics.store(this.#control.words, word.stop, 1);
    this.#wake();
    await Promise.all(ended);
    Atomics.store(this.#control.words, word.stop, 0);
  }

  /** Not before the first work that is worth sharing: starting a thread costs some 20 ms of processor time. */
  #startWorkers(): void {
    const start: ThreadStart = { memory: this.#memory, control: this.#buffer };
    const file = new URL(
      import.meta.url.endsWith('.ts') ? './kernel-thread.ts' : './kernel-thread.js',
      import.meta.url,
    );
    // Halves what a thread's start costs where the program runs from its sources.
    const { NODE_COMPILE_CACHE: cache } = process.env;
    const env = cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
    while (this.#workers.length < this.threads - 1) {
      const worker = new Worker(file, { workerData: start, execArgv: [], env });
      worker.unref();
      this.#workers.push(worker);
    }
  }

  #wake(): void {
    const { words } = this.#control;
    Atomics.add(words, word.generation, 1);
    if (Atomics.load(words, word.sleeping) > 0) Atomics.notify(words, word.generation);
  }

  #waitForOthers(): void {
    const { words } = this.#control;
    for (let poll = 0; ; poll++) {
      const active = Atomics.load(words, word.active);
      if (active === 0) return;
      if (poll > 2000) Atomics.wait(words, word.active, active, 1);
    }
  }

  #throwIfFailed(kernel: string): void {
    const { words, message } = this.#control;
    const length = Atomics.exchange(words, word.failed, 0);
    if (length > 0) throw new KernelFault(kernel, new TextDecoder().decode(message.slice(0, length)));
  }
}
