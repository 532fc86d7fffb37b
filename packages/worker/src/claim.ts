import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { InstanceClaim } from './instance-spec.ts';

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

export function readClaim(claimFile: string): InstanceClaim | undefined {
  try {
    return JSON.parse(readFileSync(claimFile, 'utf8')) as InstanceClaim; // written whole by takeClaim only
  } catch {
    return undefined; // not claimed yet
  }
}
