import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { countGpus } from '../workers/count-gpus.ts';

/** What this machine lets the engine do; found once, when the engine is made. */
export interface Machine {
  /** Path of a `setpriv` that knows `--pdeathsig`. */
  readonly setpriv: string | undefined;
  /** Each program can have its own folder on `/opt/ml`. */
  readonly mountsOptMl: boolean;
  readonly gpus: number;
  /** No write bits stop a program here, or there are none. */
  readonly root: boolean;
}

export function examineMachine(someFolder: string): Machine {
  return {
    setpriv: findSetpriv(),
    mountsOptMl: canMountOptMl(someFolder),
    gpus: countGpus(),
    root: process.getuid?.() === 0 || process.platform === 'win32',
  };
}

function findSetpriv(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  return ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => succeeds(path, ['--pdeathsig', 'KILL', 'true']));
}

/** Tried for real: whether it works depends on the user, on capabilities and on the container this may run in. */
function canMountOptMl(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    mkdirSync('/opt/ml', { recursive: true });
  } catch {
    return false; // a read-only system: the folder is relocated instead
  }
  return succeeds('unshare', [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    'mount --bind "$1" /opt/ml',
    'sh',
    folder,
  ]);
}

function succeeds(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 5000 }).status === 0;
}
