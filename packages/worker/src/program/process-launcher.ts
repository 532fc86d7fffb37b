import type { InstanceSpec, ProgramCommand } from '../instance-spec.ts';
import { sampleSystem } from '../metrics/system-sampler.ts';
import { currentConnection } from '../platform/connection.ts';
import { killLeftovers } from '../processes/kill-leftovers.ts';
import { identifyProcess } from '../processes/process-identity.ts';
import { programEnvironment } from './environment.ts';
import { findExecutable } from './find-executable.ts';
import { freePort } from './free-port.ts';
import { OPT_ML, launchArguments, outsidePath } from './launch.ts';
import { overLimitMessage } from './memory-message.ts';
import { ProgramError } from './program-error.ts';
import { runProgram } from './run-program.ts';
import type { Launcher } from './running-program.ts';

/** Starts the program as a process of this machine. */
export function processLauncher(spec: InstanceSpec, command: ProgramCommand): Launcher {
  let pid: number | undefined;
  return {
    prepare: async () => undefined,
    clear: async () => {
      if (pid === undefined) return;
      await killLeftovers(spec.marker, pid);
      pid = undefined;
    },
    start: async (output, poster) => {
      const listen = spec.listen?.type === 'tcp' ? { type: 'tcp' as const, port: await freePort() } : spec.listen;
      const baseDir = spec.mountOptMl ? OPT_ML : spec.baseDir;
      const cwd = command.workingDir ?? baseDir;
      const environment = programEnvironment(
        spec,
        { baseDir, connection: currentConnection(spec.connectionFile), ...(listen === undefined ? {} : { listen }) },
        process.env,
      );
      const [name] = command.argv;
      if (findExecutable(outsidePath(spec, name), outsidePath(spec, cwd), environment['PATH']) === undefined) {
        throw new ProgramError(
          `The program "${name}" was not found, or may not be executed. Give its full path, or add its folder to PATH.`,
        );
      }
      const program = await runProgram({
        argv: launchArguments(spec, command.argv, cwd),
        cwd: outsidePath(spec, cwd),
        environment,
        output,
      });
      pid = program.pid;
      const identity = identifyProcess(pid);
      const system = sampleSystem(spec, pid, poster, () => void killLeftovers(spec.marker, pid));
      void program.exited.then(() => system.stop());
      return {
        ...(identity === undefined ? {} : { identity }),
        ...(listen === undefined
          ? {}
          : { address: listen.type === 'unix' ? `unix:${listen.path}` : `tcp:127.0.0.1:${listen.port}` }),
        exited: program.exited,
        outputEnded: program.outputEnded,
        signal: (signal) => program.signal(signal),
        memoryEnd: (exit, asked) => {
          const used = system.exceeded();
          if (used !== undefined) return overLimitMessage(used, spec.limits.memoryBytes);
          return !asked && exit.signal === 'SIGKILL' && system.machineRanOut() ? MACHINE_RAN_OUT : undefined;
        },
      };
    },
  };
}

const MACHINE_RAN_OUT =
  'The machine ran out of memory and the kernel ended the program. Use less memory, or run fewer jobs at once.';
