/** What the control plane says of itself in its state folder, and whether it is still there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlatformDescription } from '@rung/server';
import { isAlive } from '@rung/server/running-process';

/** Thrown by commands that need a running platform. */
export class PlatformNotRunning extends Error {
  override readonly name = 'PlatformNotRunning';

  constructor(stateDir: string) {
    super(`No platform runs on the state folder ${stateDir}. Start one with \`rung up --detach\`.`);
  }
}

/** `undefined` when none runs on this folder. */
export function findPlatform(stateDir: string): PlatformDescription | undefined {
  let description: PlatformDescription;
  try {
    // Written by our own control plane, whole or not at all.
    description = JSON.parse(readFileSync(join(stateDir, 'server.json'), 'utf8')) as PlatformDescription;
  } catch {
    return undefined; // None was started here, or it was stopped in good order.
  }
  return isRunning(description) ? description : undefined;
}

/** A killed platform leaves its description behind, and the system gives its pid away again: `rung down` must not end whoever has it now. */
export function isRunning({ pid, process: identity }: PlatformDescription): boolean {
  if (identity !== undefined) return isAlive(identity);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
