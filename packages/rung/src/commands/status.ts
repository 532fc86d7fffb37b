import { buildCommand } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';
import { loadConfig, type PlatformFlags, platformFlags } from '../platform/load-config.ts';
import { findPlatform } from '../platform/running-platform.ts';

interface Flags extends PlatformFlags {
  readonly json: boolean;
}

export const statusCommand = buildCommand({
  docs: { brief: 'Say whether the platform runs, where, and what it is doing' },
  parameters: { flags: { ...platformFlags, json: jsonFlag } },
  async func(flags: Flags) {
    const { stateDir } = await loadConfig(flags);
    const platform = findPlatform(stateDir);
    if (platform === undefined) {
      if (flags.json) printJson({ running: false, stateDir });
      else process.stdout.write(`Rung is down (state folder ${stateDir}). Start it with \`rung up --detach\`.\n`);
      return;
    }
    const { openSession } = await import('../platform/open-session.ts');
    const { sagemaker } = openSession(stateDir);
    const [jobs, endpoints] = await Promise.all([
      sagemaker.call('ListTrainingJobs', { StatusEquals: 'InProgress', MaxResults: 100 }),
      sagemaker.call('ListEndpoints', { StatusEquals: 'InService', MaxResults: 100 }),
    ]);
    const runningJobs = (jobs.TrainingJobSummaries ?? []).map((job) => job.TrainingJobName);
    const servingEndpoints = (endpoints.Endpoints ?? []).map((endpoint) => endpoint.EndpointName);
    if (flags.json) {
      printJson({ running: true, ...platform, runningJobs, servingEndpoints });
      return;
    }
    const list = (names: readonly (string | undefined)[]): string => (names.length === 0 ? 'none' : names.join(', '));
    process.stdout.write(
      `Rung is up at ${platform.endpoint} (process ${platform.pid}, since ${platform.startedAt}).\n` +
        `Training jobs in progress: ${list(runningJobs)}\nEndpoints in service: ${list(servingEndpoints)}\n`,
    );
  },
});
