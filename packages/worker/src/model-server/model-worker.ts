/** One worker process: started, given batches, watched, ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import {
  ANSWER,
  FAILED,
  FrameReader,
  type Invocation,
  READY,
  readAnswers,
  type Answer,
  writeInvocations,
} from './frames.ts';

export interface WorkerCommand {
  readonly argv: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
}

/** What a worker tells when it has loaded the model. */
export interface WorkerDescription {
  /** Our own handlers are in use, and rows of several requests may be predicted in one call. */
  readonly implicit: boolean;
  /** Batches are possible where the user wants them: there is no transform_fn. */
  readonly batchable: boolean;
  /** `MAX_BATCH_SIZE` of the user's module. */
  readonly max_batch_size?: number;
  readonly max_batch_delay_ms: number;
  readonly execution_parameters?: unknown;
}

export interface WorkerEvents {
  ready(description: WorkerDescription): void;
  /** The batch is done; the worker is free again. */
  answered(answers: readonly Answer[]): void;
  /** `reason`: what the worker said itself, else how it ended. */
  ended(reason: string): void;
}

const KILL_AFTER_MS = 5000;
const PAGE_BYTES = 4096;

export class ModelWorker {
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  readonly #events: WorkerEvents;
  /** Time of its start, of `performance.now()`. */
  readonly started: number = performance.now();
  /** Set when it has loaded the model. */
  readyAt: number | undefined;
  requests = 0;
  #said: string | undefined;
  #gone = false;

  constructor({ argv: [program, ...args], environment }: WorkerCommand, events: WorkerEvents) {
    this.#events = events;
    this.#child = spawn(program, args, { env: environment, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
    const channel = this.#child.stdio[3];
    if (!(channel instanceof Socket)) throw new Error('a worker was started without its socket');
    this.#socket = channel;
    const reader = new FrameReader((kind, payload) => this.#read(kind, payload));
    channel.on('data', (chunk: Buffer) => reader.push(chunk));
    // How a broken connection came about is told by the exit that follows it.
    channel.on('error', () => channel.destroy());
    this.#child.once('error', (error) => this.#end(`The worker could not be started: ${error.message}`));
    // `exit` comes when the process has ended, although programs that it started may still hold its output open.
    this.#child.once('exit', (code, signal) => setImmediate(() => this.#end(exitText(code, signal))));
  }

  send(batch: readonly Invocation[]): void {
    this.requests += batch.length;
    writeInvocations(this.#socket, batch);
  }

  /** Bytes in memory; `undefined` where the system does not say. */
  memory(): number | undefined {
    try {
      return Number(readFileSync(`/proc/${this.#child.pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
    } catch {
      return undefined; // another system, or it has just ended
    }
  }

  /** For a worker without work: it ends by itself when its socket is closed. */
  end(): void {
    this.#socket.end();
    setTimeout(() => this.kill(), KILL_AFTER_MS).unref();
  }

  kill(): void {
    if (!this.#gone) this.#child.kill('SIGKILL');
  }

  #read(kind: number, payload: Buffer): void {
    try {
      if (kind === ANSWER) this.#events.answered(readAnswers(payload));
      else {
        const told: unknown = JSON.parse(payload.toString('utf8'));
        // Safe: the worker is our own program; what it passes on of the user's module is checked where it is used.
        if (kind === READY) this.#ready(told as WorkerDescription);
        else if (kind === FAILED) this.#said = (told as { message: string }).message;
      }
    } catch (error) {
      // Something else has written to the socket: it cannot be trusted any more.
      this.#said ??= `A worker sent what is no answer: ${error instanceof Error ? error.message : String(error)}`;
      this.kill();
    }
  }

  #ready(description: WorkerDescription): void {
    this.readyAt = performance.now();
    this.#events.ready(description);
  }

  #end(how: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    this.#events.ended(this.#said ?? how);
  }
}

function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'The worker was killed (SIGKILL), as the system does when memory runs out.';
  return signal === null ? `The worker exited with code ${code}.` : `The worker was ended by ${signal}.`;
}
