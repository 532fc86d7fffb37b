import { closeSync, constants, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DataError } from '../../data-error.ts';
import type { Input, InstanceReport, InstanceSpec, PipeDelivery } from '../../instance-spec.ts';
import type { ProgramStop } from '../../stop-request.ts';
import { pathInside } from '../path-inside.ts';
import { makeFifos } from './make-fifo.ts';
import type { PipeNews, PipeOrder } from './pipe-order.ts';

export interface Pipes {
  /**
   * Runs the program beside the pipes. It is killed when a channel cannot go on, which it must not take for the end of its data, and the exit says why.
   * Thrown when the fault is ours.
   */
  run(stop: ProgramStop, program: (stop: ProgramStop) => Promise<Exit>): Promise<Exit>;
  /** Ends every thread and removes every pipe; again does nothing. */
  close(): Promise<void>;
}

/** The channels that reach the program as streams. */
export function pipeInputs(spec: InstanceSpec): (Input & { readonly delivery: PipeDelivery })[] {
  return spec.inputs.flatMap((input) =>
    input.delivery?.type === 'pipe' ? [{ ...input, delivery: input.delivery }] : [],
  );
}

/**
 * Makes the first named pipe of every Pipe channel and has the data at hand, before the program starts.
 * Thrown when there is no data, or no pipes: `DataError`; when the signal aborts: its reason. Nothing is left open then.
 */
export async function openPipes(spec: InstanceSpec, signal: AbortSignal): Promise<Pipes> {
  const inputs = pipeInputs(spec);
  const failed = new AbortController();
  const channels = inputs.map((input) => {
    const path = pathInside(spec.baseDir, input.path);
    mkdirSync(dirname(path), { recursive: true });
    return { input, path };
  });
  makeFifos(channels.map(({ path }) => `${path}_0`));
  const threads = channels.map(({ input, path }) => startThread(spec, input, path, failed));
  const pipes: Pipes = {
    run: (stop, program) => runBeside(failed.signal, stop, program).finally(() => pipes.close()),
    close: async () => void (await Promise.all(threads.map((thread) => thread.close()))),
  };
  try {
    await Promise.race([Promise.all(threads.map(({ ready }) => ready)), aborted(failed.signal), aborted(signal)]);
    return pipes;
  } catch (error) {
    await pipes.close();
    throw error;
  }
}

type Exit = NonNullable<InstanceReport['exit']>;

/** How the instance ends when a channel could not go on is that channel's affair, whatever the program made of it. */
async function runBeside(
  failed: AbortSignal,
  asked: ProgramStop,
  program: (stop: ProgramStop) => Promise<Exit>,
): Promise<Exit> {
  const exit = await program({
    stop: AbortSignal.any([asked.stop, failed]),
    abandon: AbortSignal.any([asked.abandon, failed]),
  });
  if (!failed.aborted || asked.stop.aborted) return exit;
  if (!(failed.reason instanceof DataError)) throw failed.reason;
  return { ...exit, reason: 'data-failed', message: failed.reason.message.slice(0, 1024) };
}

interface Feeder {
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

function startThread(
  spec: InstanceSpec,
  input: Input & { readonly delivery: PipeDelivery },
  path: string,
  failed: AbortController,
): Feeder {
  const flags = new SharedArrayBuffer(4);
  const order: PipeOrder = {
    input,
    delivery: input.delivery,
    path,
    connectionFile: spec.connectionFile,
    root: spec.objects?.root,
    instanceCount: spec.instanceCount,
    index: spec.index,
    flags,
  };
  const thread = new Worker(threadProgram, {
    workerData: order,
    // A channel that fails keeps its pipe open until the process ends: to the program, a closed one would be the end of the data.
    trackUnmanagedFds: false,
  });
  const over = new AbortController();
  thread.once('exit', () => over.abort());
  const ready = new Promise<void>((resolve) => {
    thread.on('message', (news: PipeNews) => {
      if (news.type === 'ready') return resolve();
      failed.abort(failure(input, news));
    });
  });
  thread.once('error', (error) => failed.abort(error));
  return {
    ready,
    close: async () => {
      Atomics.store(new Int32Array(flags), 0, 1);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
      thread.postMessage('end');
      while (!over.signal.aborted) {
        for (const pipe of pipesAt(path)) wakeWriter(pipe);
        // Ended early when the thread ends: then there is nothing more to wait for.
        await sleep(1, undefined, { signal: over.signal }).catch(() => undefined);
      }
      for (const pipe of pipesAt(path)) rmSync(pipe, { force: true });
    },
  };
}

const threadProgram = new URL(
  import.meta.url.endsWith('.ts') ? './pipe-thread.ts' : './pipe-thread.js',
  import.meta.url,
);

function failure(input: Input, { message, fault }: { readonly message: string; readonly fault?: string }): Error {
  if (fault === undefined) return new DataError(`Channel ${input.name}: ${message}`);
  return Object.assign(new Error(`channel ${input.name}: ${message}`), { stack: fault });
}

function pipesAt(path: string): string[] {
  const start = `${basename(path)}_`;
  return readdirSync(dirname(path), { withFileTypes: true }).flatMap((entry) =>
    entry.isFIFO() && entry.name.startsWith(start) && /^\d+$/.test(entry.name.slice(start.length))
      ? [join(dirname(path), entry.name)]
      : [],
  );
}

/** A thread that waits for a reader gets one; one that waits for room finds its reader gone. */
function wakeWriter(pipe: string): void {
  try {
    closeSync(openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK));
  } catch {
    // It is being removed at this moment: then nobody waits at it.
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
