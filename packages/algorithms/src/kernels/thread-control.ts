/** The words that the threads of a pool share, and the loop in which a thread claims blocks. */
import { kernelModules, loadKernelModule, type LoadedModule } from './kernel-modules.ts';

/** Blocks in one parallel-for at most: one result word each. */
export const mostBlocks = 16_384;
export const mostArguments = 28;
/** Larger than any block number: what {@link word.next} holds while no work is open. */
export const closed = 0x3000_0000;

/** Indices into the control words; the contended ones lie on cache lines of their own. */
export const word = {
  /** Grows by one with each parallel-for, and at shutdown. Idle threads wait on it. */
  generation: 0,
  sleeping: 1,
  stop: 2,
  /** The next block to claim. */
  next: 16,
  /** Threads other than the first that may be touching the job. */
  active: 32,
  module: 48,
  kernel: 49,
  blocks: 50,
  items: 51,
  grain: 52,
  argumentCount: 53,
  /** 0, or the length of the message in {@link ThreadControl.message}. */
  failed: 54,
} as const;

export interface ThreadControl {
  readonly words: Int32Array;
  readonly args: Float64Array;
  readonly results: Float64Array;
  readonly message: Uint8Array;
}

/** What a worker thread is started with. */
export interface ThreadStart {
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
}

const wordBytes = 64 * 4;
const argumentBytes = mostArguments * 8;
const resultBytes = mostBlocks * 8;
const messageBytes = 1024;

export function threadControlBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(wordBytes + argumentBytes + resultBytes + messageBytes);
}

export function threadControl(buffer: SharedArrayBuffer): ThreadControl {
  return {
    words: new Int32Array(buffer, 0, wordBytes / 4),
    args: new Float64Array(buffer, wordBytes, mostArguments),
    results: new Float64Array(buffer, wordBytes + argumentBytes, mostBlocks),
    message: new Uint8Array(buffer, wordBytes + argumentBytes + resultBytes, messageBytes),
  };
}

/** Claims blocks and runs them until none is left. A kernel that traps stops the whole parallel-for and leaves its message. */
export function runBlocks(control: ThreadControl, modules: ModuleTable): void {
  const { words, args, results } = control;
  let block = Atomics.add(words, word.next, 1);
  if (block >= read(words, word.blocks)) return;
  try {
    const module = modules.get(read(words, word.module));
    const kernel = module.kernels[module.names[read(words, word.kernel)] ?? ''];
    if (kernel === undefined)
      throw new Error('kernel files differ between threads: rebuild them with tools/build-kernels.ts');
    const count = read(words, word.argumentCount);
    const call = [...args.subarray(0, count), 0, 0, 0];
    const items = read(words, word.items);
    const grain = read(words, word.grain);
    const blocks = read(words, word.blocks);
    for (; block < blocks; block = Atomics.add(words, word.next, 1)) {
      call[count] = block * grain;
      call[count + 1] = Math.min(items, (block + 1) * grain);
      call[count + 2] = block;
      results[block] = kernel(...call) ?? 0;
    }
  } catch (error) {
    Atomics.store(words, word.next, closed);
    report(control, error);
  }
}

/** The modules that one thread has loaded, each at its first use. */
export class ModuleTable {
  readonly #memory: WebAssembly.Memory;
  readonly #loaded: (LoadedModule | undefined)[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get(index: number): LoadedModule {
    const name = kernelModules[index];
    if (name === undefined) throw new RangeError(`there is no kernel module ${index}`);
    return (this.#loaded[index] ??= loadKernelModule(name, this.#memory));
  }
}

function report(control: ThreadControl, error: unknown): void {
  const text = new TextEncoder()
    .encode(error instanceof Error ? error.message : String(error))
    .subarray(0, messageBytes);
  // The first failure is the one to tell; later ones are often its consequence.
  if (Atomics.load(control.words, word.failed) !== 0) return;
  control.message.set(text);
  Atomics.store(control.words, word.failed, Math.max(1, text.length));
}

function read(words: Int32Array, index: number): number {
  return Atomics.load(words, index);
}
