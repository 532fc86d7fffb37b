import type { InstanceSpec, ProgramCommand } from '@rung/worker';
import type { ScriptCommands } from '../../programs/script-commands.ts';
import type { Workload } from '../workload.ts';
import { type WorkerSurroundings, workerInstance } from '../workers/worker-instance.ts';
import type { InstancePaths, WorkloadRecord } from '../workers/workload-folders.ts';
import type { Machine } from './machine.ts';
import { hostAddresses, type Meeting, meetingVariables } from './meeting.ts';

export interface InstanceSurroundings extends WorkerSurroundings {
  readonly machine: Machine;
  /** Where Node keeps compiled code from one start to the next. */
  readonly compileCache: string;
  readonly algorithmCommand: (name: string, action: 'train' | 'serve') => ProgramCommand;
  readonly scripts: ScriptCommands | undefined;
  /** Where the hosts meet, when there are several. */
  readonly meeting: Meeting | undefined;
}

/** What the worker of one instance is told. Pure. */
export function compileInstance(
  workload: Workload,
  index: number,
  record: WorkloadRecord,
  hosts: readonly InstancePaths[],
  { machine, compileCache, algorithmCommand, scripts, meeting, ...surroundings }: InstanceSurroundings,
): InstanceSpec {
  const { program, mode } = workload;
  const started = startOf(workload, { algorithmCommand, scripts });
  const builtIn = program.type === 'algorithm';
  // Programs of Rung's own keep their compiled code.
  const ours = builtIn || (program.type === 'script' && program.command === undefined);
  // A built-in algorithm finds its folder by SAGEMAKER_BASE_DIR and starts faster without the mount.
  const mountOptMl = machine.mountsOptMl && !builtIn;
  // What the mount keeps read-only, or the system does for a user who is not root; built-in algorithms never write to their data.
  const canLink = mountOptMl || builtIn || !machine.root;
  const { paths, ...common } = workerInstance(workload, index, record, hosts, surroundings, canLink);
  return {
    ...common,
    mountOptMl,
    ...(mountOptMl && meeting !== undefined && { hostAddresses: hostAddresses(record) }),
    program: mountOptMl ? started.command : relocated(started.command, paths.baseDir),
    environment: {
      ...started.environment,
      ...(meeting && meetingVariables(record, meeting, mountOptMl)),
      ...workload.environment,
      ...(ours && { NODE_COMPILE_CACHE: compileCache }),
      ...(program.type === 'script' && {
        RUNG_CONNECTION_FILE: surroundings.connectionFile,
        RUNG_GPUS: String(workload.limits.gpus),
      }),
    },
    ...(machine.setpriv === undefined ? {} : { setpriv: machine.setpriv }),
    ...(mode === 'job' ? {} : { listen: ours ? { type: 'unix', path: paths.socket } : { type: 'tcp' } }),
  };
}

/** Where the program cannot have an `/opt/ml` of its own, its arguments name the files where they are: also those within a shell's command. */
function relocated({ argv, ...command }: ProgramCommand, baseDir: string): ProgramCommand {
  const move = (argument: string): string =>
    argument.replaceAll(/(?<=^|[\s=:;&|"'])\/opt\/ml(?=[/\s;&|"']|$)/g, () => baseDir);
  const [program, ...rest] = argv;
  return { ...command, argv: [move(program), ...rest.map(move)] };
}

/** The command of a workload's program, and the variables that come with it. */
function startOf(
  { id, program }: Workload,
  { algorithmCommand, scripts }: Pick<InstanceSurroundings, 'algorithmCommand' | 'scripts'>,
): { readonly command: ProgramCommand; readonly environment?: Readonly<Record<string, string>> } {
  switch (program.type) {
    case 'algorithm':
      return { command: algorithmCommand(program.name, program.action) };
    case 'command':
      return { command: program.command };
    case 'script':
      if (scripts !== undefined) return scripts.command(program);
      break;
    case 'image':
      break;
    default:
      program satisfies never;
  }
  throw new Error(`workload ${id} was refused by this engine and started all the same`);
}
