import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ProgramResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with nothing in its environment but what it is given and a home of its own: no configuration of the machine reaches it. */
export async function runProgram(
  program: string,
  argv: readonly string[],
  environment: Record<string, string>,
): Promise<ProgramResult> {
  const home = mkdtempSync(join(tmpdir(), 'home-'));
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(program, argv, {
        cwd: home,
        env: {
          PATH: process.env['PATH'],
          TMPDIR: home,
          HOME: home,
          RUNG_TEST_RUN: process.env['RUNG_TEST_RUN'],
          ...environment,
        },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
