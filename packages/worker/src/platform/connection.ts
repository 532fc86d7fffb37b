import { readFileSync } from 'node:fs';
import type { Connection } from '../instance-spec.ts';

/** How to reach the platform now; `undefined` while no engine has said so yet. */
export function currentConnection(file: string): Connection | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Connection; // replaced whole by the engine only
  } catch {
    return undefined;
  }
}
