import { spawnSync } from 'node:child_process';
import { DataError } from '../../data-error.ts';

/** Makes named pipes. Node has no call for it; every system that has pipes has the program. */
export function makeFifos(paths: readonly string[]): void {
  const { status, stderr, error } = spawnSync('mkfifo', ['-m', '644', ...paths], { encoding: 'utf8' });
  if (status === 0) return;
  throw new DataError(
    `Pipe mode needs named pipes, and mkfifo could not make one: ${error?.message ?? stderr.trim()}. Use File or FastFile mode.`,
    { cause: error },
  );
}
