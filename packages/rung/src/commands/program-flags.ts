/** What `rung train` and `rung run` have in common: how the program is started, and on what. */
import { pairs, toRecord } from './pair-flags.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';
import { number, text } from './value-flags.ts';

export interface ProgramFlags extends SessionFlags {
  readonly env?: readonly string[];
  readonly name?: string;
  readonly instanceType?: string;
  readonly instances?: number;
  readonly maxRuntime?: number;
  readonly entrypoint?: string;
  readonly framework?: string;
  readonly source?: string;
  readonly requirements?: string;
  readonly detach: boolean;
  readonly quiet: boolean;
}

export const programFlags = {
  ...sessionFlags,
  env: pairs('VARIABLE=VALUE for the program'),
  name: text('Name of the job (default: the program and the time)'),
  instanceType: text('Default: ml.m5.large'),
  instances: number('How many instances (default: 1)'),
  maxRuntime: number('Seconds after which the job is stopped (default: 86400)'),
  entrypoint: text('Image: program and arguments to start, separated by blanks'),
  framework: text(
    'Script: scikit-learn, xgboost, pytorch, tensorflow, huggingface, jax or node (default: by its imports)',
  ),
  source: text('Script: a folder to send along; PROGRAM is then its path in that folder'),
  requirements: text('Script: a file of Python packages to install'),
  detach: { kind: 'boolean', brief: 'Do not wait for the end', default: false },
  quiet: { kind: 'boolean', brief: 'Do not show the log', default: false },
} as const;

export const programAliases = { d: 'detach', q: 'quiet' } as const;

/** As the SDK's classes take them. */
export function programOptions(flags: ProgramFlags) {
  return {
    environment: toRecord('--env', flags.env),
    ...(flags.instanceType !== undefined && { instanceType: flags.instanceType }),
    ...(flags.instances !== undefined && { instanceCount: flags.instances }),
    ...(flags.maxRuntime !== undefined && { maxRuntimeSeconds: flags.maxRuntime }),
    ...(flags.entrypoint !== undefined && { entrypoint: flags.entrypoint.trim().split(/\s+/) }),
    ...(flags.framework !== undefined && { framework: flags.framework }),
    ...(flags.source !== undefined && { source: flags.source }),
    ...(flags.requirements !== undefined && { requirements: flags.requirements }),
  };
}
