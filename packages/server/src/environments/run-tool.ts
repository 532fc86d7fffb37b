import { spawn } from 'node:child_process';
import { LineBuffer } from './line-buffer.ts';

export interface ToolRun {
  readonly argv: readonly [string, ...string[]];
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** How much of what a tool said is kept for the error message. */
const keptLines = 12;

/** Thrown when a tool ended otherwise than with 0; the message ends with its last lines. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
}

/** Runs an installer to its end. It and all that it started are killed when `signal` aborts. @throws ToolFailed */
export async function runTool({ argv, environment = process.env, signal, onLine }: ToolRun): Promise<void> {
  signal.throwIfAborted();
  const [file, ...args] = argv;
  const last: string[] = [];
  const take = (line: string): void => {
    if (line.trim() === '') return;
    last.push(line.trimEnd());
    if (last.length > keptLines) last.shift();
    onLine?.(line);
  };
  const child = spawn(file, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: '/' });
  const kill = (): void => {
    if (child.pid !== undefined) killGroup(child.pid);
  };
  signal.addEventListener('abort', kill, { once: true });
  const buffers = [child.stdout, child.stderr].map((stream) => {
    const lines = new LineBuffer(take);
    stream.setEncoding('utf8').on('data', (text: string) => lines.write(text));
    return lines;
  });
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, killedBy) => resolve(code ?? killedBy));
    });
    for (const lines of buffers) lines.end();
    signal.throwIfAborted();
    if (code !== 0) throw new ToolFailed(`${file} ended with ${code}:\n${last.join('\n')}`);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
