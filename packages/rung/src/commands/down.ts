import { setTimeout as delay } from 'node:timers/promises';
import { buildCommand } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';
import { loadConfig, type PlatformFlags, platformFlags } from '../platform/load-config.ts';
import { findPlatform, isRunning } from '../platform/running-platform.ts';

interface Flags extends PlatformFlags {
  readonly json: boolean;
}

export const downCommand = buildCommand({
  docs: {
    brief: 'Stop the platform and everything it runs',
    fullDescription:
      'Nothing is lost: endpoints serve again, and jobs that were running start again, at the next `rung up`.',
  },
  parameters: { flags: { ...platformFlags, json: jsonFlag } },
  async func(flags: Flags) {
    const { stateDir } = await loadConfig(flags);
    const platform = findPlatform(stateDir);
    if (platform !== undefined) {
      process.kill(platform.pid, 'SIGTERM');
      while (isRunning(platform)) await delay(20);
    }
    if (flags.json) printJson({ stopped: platform !== undefined });
    else process.stdout.write(platform === undefined ? `No platform runs on ${stateDir}.\n` : 'Rung is down.\n');
  },
});
