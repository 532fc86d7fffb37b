import type { InstanceSpec, ProgramCommand } from '@rung/worker';
import type { Workload } from '../workload.ts';
import { type WorkerSurroundings, workerInstance } from '../workers/worker-instance.ts';
import type { InstancePaths, WorkloadRecord } from '../workers/workload-folders.ts';
import type { Machine } from './machine.ts';

export interface InstanceSurroundings extends WorkerSurroundings {
  readonly machine: Machine;
  /** Where Node keeps compiled code from one start to the next. */
  readonly compileCache: string;
  readonly algorithmCommand: (name: string, action: 'train' | 'serve') => ProgramCommand;
}

/** What the worker of one instance is told. Pure. */
export function compileInstance(
  workload: Workload,
  index: number,
  record: WorkloadRecord,
  hosts: readonly InstancePaths[],
  { machine, compileCache, algorithmCommand, ...surroundings }: InstanceSurroundings,
): InstanceSpec {
  const { program, mode } = workload;
  if (program.type !== 'algorithm' && program.type !== 'command')
    throw new Error(`workload ${workload.id} was refused by this engine and started all the same`);
  const { paths, ...common } = workerInstance(workload, index, record, hosts, surroundings);
  const builtIn = program.type === 'algorithm';
  return {
    ...common,
    // A built-in algorithm finds its folder by SAGEMAKER_BASE_DIR and starts faster without the mount.
    mountOptMl: machine.mountsOptMl && !builtIn,
    program: builtIn ? algorithmCommand(program.name, program.action) : program.command,
    environment: builtIn ? { ...workload.environment, NODE_COMPILE_CACHE: compileCache } : workload.environment,
    ...(machine.setpriv === undefined ? {} : { setpriv: machine.setpriv }),
    ...(mode === 'job' ? {} : { listen: builtIn ? { type: 'unix', path: paths.socket } : { type: 'tcp' } }),
  };
}
