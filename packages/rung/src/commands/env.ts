import { buildCommand } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';
import { loadConfig, type PlatformFlags, platformFlags } from '../platform/load-config.ts';
import { UsageError } from '../usage-error.ts';
import { findPlatform, PlatformNotRunning } from '../platform/running-platform.ts';

/** What `rung env` does beside printing variables. */
const actions = ['create', 'list', 'rm', 'export'] as const;
type Action = (typeof actions)[number];

interface Flags extends PlatformFlags {
  readonly sagemakerSdk: boolean;
  readonly shell: 'sh' | 'fish' | 'powershell';
  readonly gpu: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

export const envCommand = buildCommand({
  docs: {
    brief: 'Print the variables that point AWS programs at this platform; make the environments that scripts run in',
    fullDescription:
      'eval "$(rung env)" sets endpoint, region and keys for every AWS client in this shell.\n' +
      'With --sagemaker-sdk it also brings home what the `sagemaker` Python SDK has built in: its STS address and its telemetry.\n\n' +
      'rung env list            the environments that scripts run in, and which are made\n' +
      'rung env create pytorch  make one now, instead of on first use\n' +
      'rung env rm pytorch      take one away; it is made again on its next use\n' +
      'rung env export pytorch  print its Containerfile: the same versions in a container image',
  },
  parameters: {
    flags: {
      ...platformFlags,
      sagemakerSdk: { kind: 'boolean', brief: 'Also for the sagemaker Python SDK', default: false },
      shell: { kind: 'enum', values: ['sh', 'fish', 'powershell'], brief: 'Whose syntax', default: 'sh' },
      gpu: { kind: 'boolean', brief: 'create, rm, export: the environment for machines with a GPU', default: false },
      force: { kind: 'boolean', brief: 'rm: also while programs run in it', default: false },
      json: jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          brief: `${actions.join(', ')}; without it variables are printed`,
          placeholder: 'action',
          optional: true,
        },
        { parse: String, brief: 'Name of an environment', placeholder: 'name', optional: true },
      ],
    },
  },
  async func(flags: Flags, asked?: string, name?: string) {
    const { stateDir, environmentsDir } = await loadConfig(flags);
    if (asked !== undefined) {
      const action = toAction(asked);
      const { actOnEnvironments } = await import('../environments/act.ts');
      return actOnEnvironments(environmentsDir, { action, name, ...flags });
    }
    const platform = findPlatform(stateDir);
    if (platform === undefined) throw new PlatformNotRunning(stateDir);
    const { clientEnvironment } = await import('../platform/client-environment.ts');
    const variables = await clientEnvironment(stateDir, platform, { sagemakerSdk: flags.sagemakerSdk });
    if (flags.json) {
      printJson(variables);
      return;
    }
    for (const [name, value] of Object.entries(variables))
      process.stdout.write(`${assignments[flags.shell](name, value)}\n`);
  },
});

function toAction(text: string): Action {
  const action = actions.find((each) => each === text);
  if (action === undefined)
    throw new UsageError(`"${text}" is nothing that \`rung env\` does; it does: ${actions.join(', ')}.`);
  return action;
}

const assignments = {
  sh: (name: string, value: string) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  fish: (name: string, value: string) => `set -gx ${name} '${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`,
  powershell: (name: string, value: string) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
};
