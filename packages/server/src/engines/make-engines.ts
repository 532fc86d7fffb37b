import { join } from 'node:path';
import { serveProgram, trainProgram } from '@rung/algorithms';
import type { ServerConfig } from '../config.ts';
import type { Environments } from '../environments/environments.ts';
import { scriptCommands } from '../programs/script-commands.ts';
import { ContainerEngine } from './container/container-engine.ts';
import type { EngineSet } from './engine-set.ts';
import type { Engine } from './engine.ts';
import { ProcessEngine } from './process/process-engine.ts';

export interface EngineSurroundings {
  /** The file that lines of a log stream are appended to. */
  readonly logFile: (group: string, stream: string) => string;
  readonly environments: Environments;
  /** The folder of the embedded object store, where that is the one. */
  readonly objectsRoot: string | undefined;
}

/** The engines that a configuration asks for. Takes up the workloads that an earlier control plane left running. */
export function makeEngines(
  { stateDir, engine: first, container }: Pick<ServerConfig, 'stateDir' | 'engine' | 'container'>,
  { logFile, environments, objectsRoot }: EngineSurroundings,
): EngineSet {
  const common = {
    connectionFile: join(stateDir, 'connection.json'),
    logFile,
    objectsRoot,
    compileCache: join(stateDir, 'compile-cache'),
  };
  const processes: Engine = new ProcessEngine({
    ...common,
    stateDir,
    algorithmCommand: (name, action) => ({
      argv: [process.execPath, action === 'train' ? trainProgram : serveProgram, name],
    }),
    scripts: scriptCommands(environments),
  });
  if (container === false) return { byName: new Map([[processes.name, processes]]), default: processes };
  const containers: Engine = new ContainerEngine({
    ...common,
    stateDir: join(stateDir, 'containers'),
    settings: container,
  });
  return {
    byName: new Map([processes, containers].map((engine) => [engine.name, engine])),
    default: first === 'container' ? containers : processes,
  };
}
