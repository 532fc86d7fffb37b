import { buildCommand } from '@stricli/core';
import { loadConfig, type ConfigFlags, configFlags } from '../platform/load-config.ts';
import { jsonFlag, printJson } from '../output/json-flag.ts';

interface Flags extends ConfigFlags {
  readonly detach: boolean;
  readonly json: boolean;
}

export const upCommand = buildCommand({
  docs: {
    brief: 'Start the platform on this machine',
    fullDescription:
      'Runs in the foreground until Ctrl-C; with --detach in the background until `rung down`.\n' +
      'Settings come from rung.yaml in this folder (or --config FILE), and flags win over it.',
  },
  parameters: {
    flags: {
      ...configFlags,
      detach: { kind: 'boolean', brief: 'Go on in the background', default: false },
      json: jsonFlag,
    },
    aliases: { d: 'detach', p: 'port' },
  },
  async func(flags: Flags) {
    const config = await loadConfig(flags);
    if (flags.detach) {
      const { startDetached } = await import('../platform/start-detached.ts');
      const platform = await startDetached(flags, config);
      if (flags.json) printJson(platform);
      else
        process.stdout.write(
          `Rung is up at ${platform.endpoint} (process ${platform.pid}).\nNext: eval "$(rung env)", or rung quickstart.\n`,
        );
      return;
    }
    const { startServer } = await import('@rung/server');
    const server = await startServer(config);
    if (flags.json) printJson(server.description);
    else process.stdout.write(`Rung is up at ${server.description.endpoint}. Ctrl-C stops it.\n`);
    await untilSignalled();
    if (!flags.json) process.stderr.write('Stopping…\n');
    await server.close();
  },
});

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilSignalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve();
      });
    }
  });
}
