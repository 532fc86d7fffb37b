import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export interface CommandRun {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Keep what it prints on stdout out of the log. Default false. */
  readonly quiet?: boolean;
}

export interface CommandEnd {
  /** As shells count: 128 plus the signal when a signal ended it. */
  readonly exitCode: number;
  /** The last of what it wrote on stderr. */
  readonly stderr: string;
  /** Whole, when the run was quiet. */
  readonly stdout: string;
}

const keptBytes = 8192;
/** A child of the command may hold stderr open for ever. */
const drainMs = 300;

/**
 * Runs a command in this process's own group, so that a signal to the instance reaches both; it shares our stdout, and stderr passes through.
 * @throws Error of the system when it cannot be started.
 */
export async function runCommand({ argv, cwd, environment, quiet = false }: CommandRun): Promise<CommandEnd> {
  const [file, ...args] = argv;
  const child = spawn(file, args, { cwd, env: environment, stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'pipe'] });
  const { stderr } = child;
  if (stderr === null) throw new Error('a pipe was asked for and not given');
  const unforward = forwardSignals((signal) => child.kill(signal));
  let tail: Buffer[] = [];
  let bytes = 0;
  stderr.on('data', (chunk: Buffer) => {
    if (!quiet && !process.stderr.write(chunk)) {
      // Whoever reads us is slower: the command waits, and memory stays flat.
      stderr.pause();
      process.stderr.once('drain', () => stderr.resume());
    }
    tail.push(chunk);
    bytes += chunk.length;
    if (bytes > 8 * keptBytes) {
      tail = [Buffer.concat(tail).subarray(-keptBytes)];
      bytes = keptBytes;
    }
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
    });
    await Promise.race([closed, sleep(drainMs)]);
    return { exitCode, stderr: Buffer.concat(tail).subarray(-keptBytes).toString('utf8'), stdout };
  } finally {
    unforward();
    stderr.destroy();
  }
}

/**
 * A signal is sent to the whole group, so the command has it already, and this process only has to stay until it ended. As the first process of
 * a container it gets the signal alone, and passes it on.
 */
function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const listeners = (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map((signal) => {
    const listener = (): void => {
      if (process.pid === 1) send(signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}
