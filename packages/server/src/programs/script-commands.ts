/** How a user's own code is started in its environment, by an engine whose programs see this machine's files. */
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProgramCommand, modelServerMain, ownLayerProgram, scriptModeMain } from '@rung/worker';
import type { Refusal } from '../engines/engine.ts';
import type { ScriptProgram } from '../engines/workload.ts';
import type { Environments } from '../environments/environments.ts';
import { findUv } from '../environments/find-installer.ts';

export interface ScriptCommand {
  readonly command: ProgramCommand;
  /** Where the program finds its environment; the request's own variables come after these. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ScriptCommands {
  /** Asked at Create: why the environment is not there and cannot be made. */
  refuse(program: ScriptProgram): Refusal | undefined;
  /** The environment is ready by now. */
  command(program: ScriptProgram): ScriptCommand;
}

/** The programs of Rung that play a framework image's part, by action. The first argument of all is a module that Node runs. */
const mains: Partial<Record<ScriptProgram['action'], URL>> = {
  train: scriptModeMain,
  serve: modelServerMain,
};

export function scriptCommands(environments: Environments): ScriptCommands {
  return {
    refuse(program) {
      if (program.command === undefined && mains[program.action] === undefined) return notYet(program);
      return environments.refuse(program.environment);
    },
    command(program) {
      const main = mains[program.action];
      if (program.command === undefined && main === undefined)
        throw new Error(`A script program that was refused is started all the same: ${program.action}`);
      const argv = program.command ?? [process.execPath, main === undefined ? '' : fileURLToPath(main)];
      return {
        command: { argv: inOwnLayer(program, argv, environments) },
        environment: variables(program, environments),
      };
    },
  };
}

/** Programs of the user's own that end may install what they need: not into the environment, which other jobs use as well. */
function inOwnLayer(
  { command, action, environment }: ScriptProgram,
  [program = process.execPath, ...rest]: readonly string[],
  environments: Environments,
): readonly [string, ...string[]] {
  const wants = command !== undefined && action !== 'serve' && environments.paths(environment) !== undefined;
  return wants ? ['sh', fileURLToPath(ownLayerProgram), program, ...rest] : [program, ...rest];
}

function variables({ environment: ref }: ScriptProgram, environments: Environments): Record<string, string> {
  const paths = environments.paths(ref);
  const uv = findUv(environments.root);
  const bins = [...(paths === undefined ? [] : [paths.bin]), dirname(process.execPath)];
  return {
    PATH: [...bins, process.env['PATH']].filter(Boolean).join(delimiter),
    RUNG_ENVIRONMENT: ref.name,
    RUNG_ENVIRONMENTS: environments.root,
    ...(uv !== undefined && existsSync(uv) && { RUNG_UV: uv }),
    ...(paths !== undefined && { RUNG_PYTHON: paths.python, VIRTUAL_ENV: paths.folder }),
  };
}

function notYet({ action, environment }: ScriptProgram): Refusal {
  const what = action === 'serve' ? 'serving your own model' : 'this kind of program';
  return {
    reason: `${what} in the environment ${environment.name} is not implemented yet`,
    remedy: 'use rung/host with a program of this machine that keeps to the contract',
  };
}
