/** A model server as a process of its own, on a folder that plays `/opt/ml`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ModelServerUnderTest {
  readonly process: ChildProcess;
  readonly folder: string;
  /** Everything it and its workers have written. */
  log(): string;
  ask(options?: Asked): Promise<Told>;
  /** Resolves when the log matches. Rejects when the server ends before. */
  logged(wanted: RegExp): Promise<void>;
  /** Resolves with its exit code. */
  ended(): Promise<number | null>;
  close(): Promise<void>;
}

export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly type?: string;
  readonly accept?: string;
}

export interface Told {
  readonly status: number;
  readonly text: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const main = fileURLToPath(new URL('../model-server/main.ts', import.meta.url));

/** `files`: by path below the base folder, e.g. `model/code/inference.ts`. Does not wait for the model to be loaded. */
export function startModelServer(
  files: Readonly<Record<string, string | Uint8Array>>,
  environment: Record<string, string> = {},
): ModelServerUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'rung-model-server-'));
  mkdirSync(join(folder, 'model'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const socketPath = join(folder, 'server.sock');
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      SAGEMAKER_BASE_DIR: folder,
      RUNG_SOCKET: socketPath,
      TMPDIR: folder,
      SAGEMAKER_MODEL_SERVER_WORKERS: '1',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  let log = '';
  const watchers = new Set<() => void>();
  const grow = (text: Buffer): void => {
    log += text.toString();
    for (const watch of watchers) watch();
  };
  child.stdout.on('data', grow);
  child.stderr.on('data', grow);
  const exited = once(child, 'close').then(([code]): number | null => (typeof code === 'number' ? code : null));
  child.once('close', () => {
    for (const watch of watchers) watch();
  });
  return {
    process: child,
    folder,
    log: () => log,
    ask: ({ path = '/invocations', method = 'POST', body = '', type, accept } = {}) =>
      new Promise((resolve, reject) => {
        const headers = {
          ...(type !== undefined && { 'content-type': type }),
          ...(accept !== undefined && { accept }),
        };
        const call = request({ socketPath, path, method, headers, agent }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              text: Buffer.concat(chunks).toString(),
              type: response.headers['content-type'] ?? '',
              headers: response.headers,
            }),
          );
        });
        call.on('error', reject);
        call.end(body);
      }),
    logged: (wanted) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (wanted.test(log)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`the server ended without ${wanted}: ${log}`));
          else return;
          watchers.delete(watch);
        };
        watchers.add(watch);
        watch();
      }),
    ended: () => exited,
    close: async () => {
      agent.destroy();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
