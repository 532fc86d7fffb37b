import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { signalProcess } from '../processes/kill-leftovers.ts';
import type { ProgramExit } from './running-program.ts';

export interface StartedProcess {
  readonly pid: number;
  /** Resolves when the program itself has ended; what it started may still run. */
  readonly exited: Promise<ProgramExit>;
  /** Resolves when its output is read to the end, which no process holds open any more. */
  readonly outputEnded: Promise<void>;
  /** Sends a signal to the whole process group. */
  signal(signal: NodeJS.Signals): void;
}

export interface ProgramStart {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  output(stream: 'stdout' | 'stderr', chunk: Buffer): void;
}

/**
 * Starts a program in a session and process group of its own.
 * @throws the system's error when it cannot be started.
 */
export async function runProgram(start: ProgramStart): Promise<StartedProcess> {
  const [file, ...args] = start.argv;
  const child = spawn(file, args, {
    cwd: start.cwd,
    env: start.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // `exited` before anything is awaited: a short program may be gone by then.
  const exited = new Promise<ProgramExit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const outputEnded = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdout.on('data', (chunk: Buffer) => start.output('stdout', chunk));
  child.stderr.on('data', (chunk: Buffer) => start.output('stderr', chunk));
  const pid = await startedPid(child);
  preferWhenMemoryEnds(pid);
  return { pid, exited, outputEnded, signal: (signal) => signalProcess(-pid, signal) };
}

function startedPid(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return Promise.resolve(child.pid);
  return new Promise((_, reject) => child.once('error', reject));
}

/** When the whole machine runs out of memory, the kernel shall end a program rather than the platform. */
function preferWhenMemoryEnds(pid: number): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // It has ended already, or the system forbids it: a preference only.
  }
}
