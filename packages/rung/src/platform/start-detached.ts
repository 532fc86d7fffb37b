import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type PlatformDescription, StateFolderInUse, type ServerConfig } from '@rung/server';
import type { ConfigFlags } from './load-config.ts';
import { findPlatform } from './running-platform.ts';

const startLimitMs = 20_000;

/**
 * Starts `rung up` in a session of its own and resolves once it answers requests.
 * @throws StateFolderInUse when one runs already; Error with the server's own words when it does not come up.
 */
export async function startDetached(flags: ConfigFlags, config: ServerConfig): Promise<PlatformDescription> {
  if (findPlatform(config.stateDir) !== undefined) throw new StateFolderInUse(config.stateDir);
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const logFile = join(config.stateDir, 'server.log');
  const log = openSync(logFile, 'w', 0o600);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../main.ts'), 'up', '--state-dir', config.stateDir, ...passedOn(flags)],
    {
      detached: true,
      stdio: ['ignore', log, log],
    },
  );
  child.unref();
  const deadline = performance.now() + startLimitMs;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const platform = findPlatform(config.stateDir);
    if (platform !== undefined && platform.pid === child.pid) return platform;
    await delay(20);
  }
  child.kill('SIGKILL');
  throw new StartFailed(
    readFileSync(logFile, 'utf8')
      .trim()
      .replace(/^rung: /, '') || `it said nothing; see ${logFile}`,
  );
}

class StartFailed extends Error {
  override readonly name = 'UsageError';

  constructor(said: string) {
    super(`The platform did not start: ${said}`);
  }
}

function passedOn({ config, host, port, tlsPort }: ConfigFlags): string[] {
  const pairs = { config, host, port, 'tls-port': tlsPort };
  return Object.entries(pairs).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
}
