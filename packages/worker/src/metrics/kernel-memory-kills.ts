import { readFileSync } from 'node:fs';

/** How many processes the kernel has ended for lack of memory since its start, in containers and outside; 0 where it does not say. */
export function kernelMemoryKills(): number {
  try {
    return Number(/^oom_kill (\d+)/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0; // no Linux, or a system that hides it
  }
}
