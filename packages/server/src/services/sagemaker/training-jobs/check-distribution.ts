/** What CreateTrainingJob refuses of the way in which a script of several processes would be started. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { CreateTrainingJobRequest } from '@rung/wire/types/sagemaker';
import type { ScriptProgram } from '../../../engines/workload.ts';
import { instanceCount } from './check-instances.ts';

/** @param path where programs are looked for, as in PATH. */
export function checkDistribution(
  request: CreateTrainingJobRequest,
  { command }: Pick<ScriptProgram, 'command'>,
  path = process.env['PATH'] ?? '',
): string[] {
  // A command of the request's own is started as it is.
  if (command !== undefined || request.HyperParameters?.['sagemaker_mpi_enabled'] !== 'true') return [];
  // Elsewhere hosts have no names of their own, and no way to start programs on each other.
  if (instanceCount(request) > 1 && (process.platform !== 'linux' || process.getuid?.() !== 0)) {
    return [
      'sagemaker_mpi_enabled: MPI over several instances needs the process engine on Linux, run by root. Use one instance with more processes_per_host, or distribution={"torch_distributed": {"enabled": true}}.',
    ];
  }
  if (path.split(delimiter).some((folder) => isExecutable(join(folder, 'mpirun')))) return [];
  return [
    'sagemaker_mpi_enabled: this machine has no mpirun. Install Open MPI, e.g. with "apt-get install openmpi-bin".',
  ];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not to be run
  }
}
