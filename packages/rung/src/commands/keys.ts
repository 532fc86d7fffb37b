import type { AccessKeys } from '@rung/server/keys';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { jsonFlag, printJson } from '../output/json-flag.ts';
import { table } from '../output/table.ts';
import { loadConfig, type PlatformFlags, platformFlags } from '../platform/load-config.ts';

interface Flags extends PlatformFlags {
  readonly json: boolean;
}

const flags = { ...platformFlags, json: jsonFlag } as const;

const addCommand = buildCommand({
  docs: {
    brief: 'Make a new access key',
    fullDescription: 'The secret is printed once; the running platform accepts the key at once.',
  },
  parameters: {
    flags: { ...flags, description: { kind: 'parsed', parse: String, brief: 'What it is for', optional: true } },
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Name of the key', placeholder: 'name' }] },
  },
  async func(given: Flags & { readonly description?: string }, name: string) {
    const keys = await open(given);
    const key = await keys.add({
      name,
      ...(given.description === undefined ? {} : { description: given.description }),
    });
    if (given.json) printJson(key);
    else process.stdout.write(`AWS_ACCESS_KEY_ID=${key.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${key.secretAccessKey}\n`);
  },
});

const lsCommand = buildCommand({
  docs: { brief: 'List the access keys, without their secrets' },
  parameters: { flags },
  async func(given: Flags) {
    const keys = (await open(given)).list();
    if (given.json) printJson(keys);
    else
      process.stdout.write(
        `${table(
          ['NAME', 'KEY', 'CREATED', 'DESCRIPTION'],
          keys.map((key) => [key.name, key.accessKeyId, key.createdAt, key.description]),
        )}\n`,
      );
  },
});

const rmCommand = buildCommand({
  docs: {
    brief: 'Remove an access key',
    fullDescription: 'Programs that use it are refused from then on. The last key goes only with --force.',
  },
  parameters: {
    flags: { ...flags, force: { kind: 'boolean', brief: 'Also the last key', default: false } },
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Name or access key id', placeholder: 'key' }] },
  },
  async func(given: Flags & { readonly force: boolean }, key: string) {
    await (await open(given)).remove(key, { force: given.force });
    if (given.json) printJson({ removed: key });
    else process.stdout.write(`Removed ${key}.\n`);
  },
});

export const keysRoutes = buildRouteMap({
  routes: { add: addCommand, ls: lsCommand, rm: rmCommand },
  docs: { brief: 'Make, list and remove access keys' },
});

async function open(given: PlatformFlags): Promise<AccessKeys> {
  const { stateDir } = await loadConfig(given);
  const { openAccessKeys } = await import('@rung/server/keys');
  return openAccessKeys(stateDir);
}
