/** The training program of a built-in algorithm, as a process of its own on a folder laid out like `/opt/ml`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface ProgramRun {
  /** From its start to its exit. */
  readonly seconds: number;
  readonly log: string;
}

/** @param threads of the kernels; default one per core */
export async function runTrainingProgram(algorithm: string, folder: string, threads?: number): Promise<ProgramRun> {
  const program = join(import.meta.dirname, '../packages/algorithms/src/program/train-main.ts');
  const started = performance.now();
  const child = spawn(process.execPath, [program, algorithm], {
    env: {
      ...process.env,
      SAGEMAKER_BASE_DIR: folder,
      // As the platform starts it.
      NODE_COMPILE_CACHE: join(tmpdir(), 'bench-compile-cache'),
      ...(threads !== undefined && { RUNG_THREADS: String(threads) }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log = text(child.stdout);
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) {
    const failure = join(folder, 'output/failure');
    const reason = existsSync(failure) ? readFileSync(failure, 'utf8') : await log;
    throw new Error(`the training program ended with ${code}: ${reason}`);
  }
  return { seconds, log: await log };
}
