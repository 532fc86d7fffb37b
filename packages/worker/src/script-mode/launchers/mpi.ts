import type { Launch, LaunchGround } from '../launch.ts';
import { hostsOf } from '../meeting-place.ts';
import { pythonText } from '../python-values.ts';
import { ScriptError } from '../script-error.ts';

/** `mpirun` (Open MPI) with as many processes as the request says, on one host: between hosts it needs a remote shell, which Rung has none of. */
export function mpiLaunch(ground: LaunchGround): Launch {
  const { command, platform } = ground;
  if (hostsOf(ground).hosts.length > 1)
    throw new ScriptError(
      'distribution: MPI over several instances is not implemented. Use one instance with more processes_per_host.',
    );
  const processes = platform['sagemaker_mpi_num_of_processes_per_host'] ?? 1;
  const options = platform['sagemaker_mpi_custom_mpi_options'];
  return {
    argv: [
      'mpirun',
      ...['-np', String(Math.trunc(Number(pythonText(processes))))],
      ...['--allow-run-as-root', '--oversubscribe', '--tag-output', '--bind-to', 'none'],
      ...(typeof options === 'string' ? options.split(/\s+/).filter(Boolean) : []),
      ...command,
    ],
    environment: {},
  };
}
