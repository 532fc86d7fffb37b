import { join } from 'node:path';
import { serveProgram, trainProgram } from '@rung/algorithms';
import type { ServerConfig } from '../config.ts';
import type { Environments } from '../environments/environments.ts';
import { scriptCommands } from '../programs/script-commands.ts';
import type { EngineSet } from './engine-set.ts';
import type { Engine } from './engine.ts';
import { ProcessEngine } from './process/process-engine.ts';

export interface EngineSurroundings {
  /** The file that lines of a log stream are appended to. */
  readonly logFile: (group: string, stream: string) => string;
  readonly environments: Environments;
}

/** The engines that a configuration asks for. Takes up the workloads that an earlier control plane left running. */
export function makeEngines(
  { stateDir }: Pick<ServerConfig, 'stateDir'>,
  { logFile, environments }: EngineSurroundings,
): EngineSet {
  const engine: Engine = new ProcessEngine({
    stateDir,
    connectionFile: join(stateDir, 'connection.json'),
    logFile,
    algorithmCommand: (name, action) => ({
      argv: [process.execPath, action === 'train' ? trainProgram : serveProgram, name],
    }),
    scripts: scriptCommands(environments),
  });
  return { byName: new Map([[engine.name, engine]]), default: engine };
}
