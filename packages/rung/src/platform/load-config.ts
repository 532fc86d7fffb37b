/** The configuration of the platform: rung.yaml, then the flags. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError, parseConfig, type ServerConfig } from '@rung/server/config';

/** Which platform of this machine is meant. */
export interface PlatformFlags {
  readonly config?: string;
  readonly stateDir?: string;
}

/** What `rung up` accepts on the command line. */
export interface ConfigFlags extends PlatformFlags {
  readonly host?: string;
  readonly port?: number;
  readonly tlsPort?: number;
}

export const platformFlags = {
  config: {
    kind: 'parsed',
    parse: String,
    brief: 'Configuration file (default: rung.yaml, when there is one)',
    optional: true,
  },
  stateDir: {
    kind: 'parsed',
    parse: String,
    brief: 'Folder that holds everything Rung remembers (default: $RUNG_HOME, else ~/.rung)',
    optional: true,
  },
} as const;

export const configFlags = {
  ...platformFlags,
  host: { kind: 'parsed', parse: String, brief: 'Address to listen on (default: 127.0.0.1)', optional: true },
  port: { kind: 'parsed', parse: Number, brief: 'Port; 0 picks a free one (default: 7070)', optional: true },
  tlsPort: {
    kind: 'parsed',
    parse: Number,
    brief: 'Port of the TLS listener; 0 picks a free one (default: 7443)',
    optional: true,
  },
} as const;

/** @throws ConfigError when the file cannot be read or something in it, or in the flags, is wrong. */
export async function loadConfig(flags: ConfigFlags): Promise<ServerConfig> {
  const { config: file, ...given } = flags;
  const fromFlags = Object.fromEntries(
    (['stateDir', 'host', 'port', 'tlsPort'] as const).flatMap((key) =>
      given[key] === undefined ? [] : [[key, given[key]]],
    ),
  );
  const fromFile = await readConfigFile(file);
  if (fromFile === undefined) return parseConfig(fromFlags, 'The command line');
  parseConfig(fromFile.values, fromFile.path); // So that each problem names the place it comes from.
  return parseConfig({ ...fromFile.values, ...fromFlags }, 'The command line');
}

async function readConfigFile(
  asked: string | undefined,
): Promise<{ path: string; values: Record<string, unknown> } | undefined> {
  const path = resolve(asked ?? 'rung.yaml');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (asked === undefined && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ConfigError(path, [`it cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  const { parse } = await import('yaml');
  let values: unknown;
  try {
    values = parse(text) ?? {};
  } catch (error) {
    throw new ConfigError(path, [error instanceof Error ? error.message : String(error)]);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigError(path, ['it must hold keys and values, e.g. `port: 7070`']);
  }
  return { path, values: values as Record<string, unknown> };
}
