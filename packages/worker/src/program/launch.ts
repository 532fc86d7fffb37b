import type { InstanceSpec } from '../instance-spec.ts';
import { hostsFile } from './host-names.ts';

export const OPT_ML = '/opt/ml';

/**
 * The argument list that starts `argv` as the instance wants it: dying with the worker, and with its base folder on `/opt/ml`. Each wrapper
 * replaces itself with the next, so that the process started first is the program in the end.
 */
export function launchArguments(
  spec: Pick<InstanceSpec, 'setpriv' | 'mountOptMl' | 'baseDir' | 'inputs' | 'objects' | 'hostAddresses' | 'host'>,
  argv: readonly [string, ...string[]],
  workingDir: string,
): readonly [string, ...string[]] {
  const mounted: readonly [string, ...string[]] = spec.mountOptMl
    ? [
        'unshare',
        '--mount',
        ...(spec.hostAddresses === undefined ? [] : ['--uts']),
        '--propagation',
        'private',
        'sh',
        '-c',
        MOUNT_AND_GO,
        'sh',
        spec.baseDir,
        workingDir,
        protectedFolder(spec),
        ...(spec.hostAddresses === undefined ? ['', ''] : [hostsFile(spec), spec.host]),
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

/** The objects that the program has links to; empty: it has none. */
function protectedFolder({ inputs, objects }: Pick<InstanceSpec, 'inputs' | 'objects'>): string {
  const linked = objects?.link === true && inputs.some(({ delivery }) => delivery?.type === 'links');
  return linked ? objects.root : '';
}

// Hosts that are processes of one machine see each other's names, and their own, in a file and a namespace of their own.
// The working folder is entered after the mount, because it may be below the mount point. Write bits do not stop root: a read-only mount does.
const MOUNT_AND_GO = `mount --bind "$1" ${OPT_ML} && { [ -z "$3" ] || { mount --bind "$3" "$3" && mount -o remount,bind,ro "$3"; }; } && { [ -z "$4" ] || { mount --bind "$4" /etc/hosts && { hostname "$5" 2>/dev/null || :; }; }; } && cd "$2" && unset OLDPWD && shift 5 && exec "$@"`;
