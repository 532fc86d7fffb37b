import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { InstanceClaim } from './instance-spec.ts';
import type { ProcessIdentity } from './processes/process-identity.ts';

/**
 * Makes the claim file with its whole content in one step. Answers whether this call made it: `false` when it existed, or when its folder is
 * gone because the instance was removed.
 */
export function takeClaim(claimFile: string, claim: InstanceClaim): boolean {
  const draft = `${claimFile}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(claim), { mode: 0o600 });
    linkSync(draft, claimFile);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code; // both calls throw system errors only
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** `undefined`: not claimed yet. */
export function readClaim(claimFile: string): InstanceClaim | undefined {
  let text: string;
  try {
    text = readFileSync(claimFile, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as InstanceClaim; // written whole by takeClaim only
  } catch {
    // The machine stopped before the content was on the disk: whoever claimed it is gone.
    return { worker: NOBODY };
  }
}

/** A process that never runs. */
export const NOBODY: ProcessIdentity = { pid: 0, startTime: '', bootId: '' };
