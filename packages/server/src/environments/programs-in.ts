import { readFileSync, readdirSync } from 'node:fs';

/** Processes of this user that run in an environment, by their process id. Linux only: elsewhere there is no /proc to ask, and the answer is empty. */
export function programsIn(folder: string): number[] {
  if (process.platform !== 'linux') return [];
  const mark = `VIRTUAL_ENV=${folder}\0`;
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return `${readFileSync(`/proc/${entry}/environ`, 'utf8')}\0`.includes(mark) ? [Number(entry)] : [];
    } catch {
      return []; // it has ended, or it is another user's
    }
  });
}
