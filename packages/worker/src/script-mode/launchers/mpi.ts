import { extname, join } from 'node:path';
import type { Launch, LaunchGround } from '../launch.ts';
import { hostsOf } from '../meeting-place.ts';
import { pythonText } from '../python-values.ts';
import { ScriptError } from '../script-error.ts';

/**
 * `mpirun` (Open MPI) with as many processes per host as the request says. With several hosts the first one runs it; on the others a listener waits for the
 * command that `mpirun` has for them, and an agent that brings it there stands in the place of ssh.
 */
export function mpiLaunch(ground: LaunchGround): Launch {
  const { command, platform, context, environment } = ground;
  const { hosts, mine } = hostsOf(ground);
  if (hosts.length > 1 && environment['RUNG_JOB_TOKEN'] === undefined)
    throw new ScriptError(
      'distribution: MPI over several instances runs on the process engine only. Use one instance with more processes_per_host.',
    );
  if (mine > 0) return { argv: [process.execPath, mpiProgram('listener'), hosts[mine]?.name ?? ''], environment: {} };
  const perHost = Math.trunc(Number(pythonText(platform['sagemaker_mpi_num_of_processes_per_host'] ?? 1)));
  const options = platform['sagemaker_mpi_custom_mpi_options'];
  const network = context.resourceConfig.network_interface_name ?? 'lo';
  const across =
    hosts.length === 1
      ? []
      : [
          ...['--host', hosts.map(({ name }) => `${name}:${perHost}`).join(',')],
          ...['--mca', 'plm_rsh_agent', `${process.execPath} ${mpiProgram('launch-agent')}`],
          // What runs on a host ends with its command.
          '--leave-session-attached',
          // Every host is started from the first: only there is the agent.
          ...['--mca', 'plm_rsh_no_tree_spawn', '1'],
          ...['--mca', 'oob_tcp_if_include', network, '--mca', 'btl_tcp_if_include', network],
        ];
  return {
    argv: [
      'mpirun',
      ...['-np', String(perHost * hosts.length)],
      ...across,
      ...['--allow-run-as-root', '--oversubscribe', '--tag-output', '--bind-to', 'none'],
      ...(typeof options === 'string' ? options.split(/\s+/).filter(Boolean) : []),
      ...command,
    ],
    environment: {},
  };
}

/** The suffix is that of this file: `.ts` in the repository, `.js` where the package was compiled. */
function mpiProgram(name: string): string {
  return join(import.meta.dirname, '../mpi', `${name}${extname(import.meta.filename)}`);
}
