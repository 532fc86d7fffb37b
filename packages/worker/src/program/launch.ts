import type { InstanceSpec } from '../instance-spec.ts';

export const OPT_ML = '/opt/ml';

/**
 * The argument list that starts `argv` as the instance wants it: dying with the worker, and with its base folder on `/opt/ml`. Each wrapper
 * replaces itself with the next, so that the process started first is the program in the end.
 */
export function launchArguments(
  spec: Pick<InstanceSpec, 'setpriv' | 'mountOptMl' | 'baseDir'>,
  argv: readonly [string, ...string[]],
  workingDir: string,
): readonly [string, ...string[]] {
  const mounted: readonly [string, ...string[]] = spec.mountOptMl
    ? [
        'unshare',
        '--mount',
        '--propagation',
        'private',
        'sh',
        '-c',
        MOUNT_AND_GO,
        'sh',
        spec.baseDir,
        workingDir,
        ...argv,
      ]
    : argv;
  return spec.setpriv === undefined ? mounted : [spec.setpriv, '--pdeathsig', 'KILL', ...mounted];
}

/** A path as the worker sees it, from one as the program sees it. */
export function outsidePath(spec: Pick<InstanceSpec, 'mountOptMl' | 'baseDir'>, path: string): string {
  if (!spec.mountOptMl || (path !== OPT_ML && !path.startsWith(`${OPT_ML}/`))) return path;
  return spec.baseDir + path.slice(OPT_ML.length);
}

// The working folder is entered after the mount, because it may be below the mount point.
const MOUNT_AND_GO = `mount --bind "$1" ${OPT_ML} && cd "$2" && unset OLDPWD && shift 2 && exec "$@"`;
