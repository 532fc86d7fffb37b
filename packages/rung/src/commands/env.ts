import { buildCommand } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';
import { loadConfig, type PlatformFlags, platformFlags } from '../platform/load-config.ts';
import { findPlatform, PlatformNotRunning } from '../platform/running-platform.ts';

interface Flags extends PlatformFlags {
  readonly sagemakerSdk: boolean;
  readonly shell: 'sh' | 'fish' | 'powershell';
  readonly json: boolean;
}

export const envCommand = buildCommand({
  docs: {
    brief: 'Print the variables that point AWS programs at this platform',
    fullDescription:
      'eval "$(rung env)" sets endpoint, region and keys for every AWS client in this shell.\n' +
      'With --sagemaker-sdk it also brings home what the `sagemaker` Python SDK has built in: its STS address and its telemetry.',
  },
  parameters: {
    flags: {
      ...platformFlags,
      sagemakerSdk: { kind: 'boolean', brief: 'Also for the sagemaker Python SDK', default: false },
      shell: { kind: 'enum', values: ['sh', 'fish', 'powershell'], brief: 'Whose syntax', default: 'sh' },
      json: jsonFlag,
    },
  },
  async func(flags: Flags) {
    const { stateDir } = await loadConfig(flags);
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

const assignments = {
  sh: (name: string, value: string) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  fish: (name: string, value: string) => `set -gx ${name} '${value.replaceAll(/['\\]/g, String.raw`\$&`)}'`,
  powershell: (name: string, value: string) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
};
