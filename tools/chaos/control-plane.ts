import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.ts';

const program = join(import.meta.dirname, '../../packages/rung/bin/rung.js');
const startLimitMs = 30_000;
const downLimitMs = 60_000;

export interface ControlPlaneOptions {
  /** Folder of the run; the state folder is below it. */
  readonly folder: string;
  readonly port: number;
  readonly maxConcurrentJobs: number;
}

/** `rung up` as a child that is killed and started again on the same folder and port. */
export class ControlPlane {
  readonly stateDir: string;
  readonly endpoint: string;
  readonly logFile: string;
  readonly #configFile: string;
  #child: ChildProcess | undefined;
  #upSince: number | undefined;
  /** Slowest time from start to first answer, in milliseconds. */
  slowestStartMs = 0;

  constructor({ folder, port, maxConcurrentJobs }: ControlPlaneOptions) {
    this.stateDir = join(folder, 'state');
    this.endpoint = `http://127.0.0.1:${port}`;
    this.logFile = join(folder, 'control-plane.log');
    this.#configFile = join(folder, 'rung.yaml');
    const settings = { stateDir: this.stateDir, port, tlsPort: false, maxConcurrentJobs, logLevel: 'warn' };
    writeFileSync(this.#configFile, JSON.stringify(settings)); // JSON is YAML
  }

  /** When it gave its first answer, in milliseconds of `performance.now()`; `undefined` from the moment a kill is sent. */
  get upSince(): number | undefined {
    return this.#upSince;
  }

  spawn(): void {
    const log = openSync(this.logFile, 'a');
    this.#child = spawn(process.execPath, [program, 'up', '--config', this.#configFile], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
  }

  /** Resolves with the first answer of any kind. */
  async untilAnswers(): Promise<void> {
    const from = performance.now();
    const child = this.#running();
    for (;;) {
      if (child.exitCode !== null)
        throw new Error(`the control plane ended by itself with code ${child.exitCode}:\n${this.#logTail()}`);
      if (await answers(this.endpoint)) break;
      if (performance.now() - from > startLimitMs)
        throw new Error(`the control plane gave no answer for ${startLimitMs / 1000} s:\n${this.#logTail()}`);
      await sleep(5);
    }
    this.#upSince = performance.now();
    this.slowestStartMs = Math.max(this.slowestStartMs, this.#upSince - from);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#running();
    this.#upSince = undefined;
    if (child.exitCode !== null)
      throw new Error(`the control plane ended by itself with code ${child.exitCode}:\n${this.#logTail()}`);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** `rung down`, as a person would. */
  async down(): Promise<void> {
    this.#upSince = undefined;
    const child = this.#running();
    const gone = child.exitCode === null ? once(child, 'exit') : undefined;
    const down = spawn(process.execPath, [program, 'down', '--config', this.#configFile], {
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: downLimitMs,
    });
    const [code] = (await once(down, 'exit')) as [number | null]; // as node documents the event
    if (code !== 0) throw new Error(`rung down ended with ${code ?? 'no code in time'}`);
    await gone;
  }

  /** For the end of a run that went wrong. */
  abandon(): void {
    this.#child?.kill('SIGKILL');
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('the control plane was never started');
    return this.#child;
  }

  #logTail(): string {
    return readFileSync(this.logFile, 'utf8').slice(-2000);
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(5000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false; // nobody listens yet
  }
}

/**
 * A free port below those that the system gives to outgoing connections: one of these could otherwise be given away while the control plane is
 * down, even to a client that then connects to itself.
 */
export async function pickPort(random: Random): Promise<number> {
  for (;;) {
    const port = random.whole(12_000, 30_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    await new Promise((resolve) => server.close(resolve));
    if (free) return port;
  }
}
