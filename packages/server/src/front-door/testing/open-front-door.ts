/** A front door on free ports over a state folder of its own, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Clock, wallClock } from '../../clock.ts';
import { parseConfig } from '../../config.ts';
import { type AccessKeys, openAccessKeys } from '../../secrets/access-keys.ts';
import type { AccessKey } from '../../secrets/access-key.ts';
import type { Service } from '../../services/service.ts';
import { createFrontDoor, type FrontDoorOptions, type Listening } from '../front-door.ts';

export interface OpenedFrontDoor extends Listening {
  readonly keys: AccessKeys;
  readonly key: AccessKey;
  readonly stateDir: string;
  /** `http://localhost:<port>` */
  readonly url: string;
  /** What was logged, one parsed line each. */
  readonly log: Record<string, unknown>[];
}

export interface OpenOptions extends FrontDoorOptions {
  readonly services?: readonly Service[] | ((keys: AccessKeys) => readonly Service[]);
  readonly clock?: Clock;
  readonly tls?: boolean;
  /** Default `debug`. */
  readonly logLevel?: string;
}

/** Closed, and its folder removed, when the test ends. */
export async function openFrontDoor(
  t: { after(close: () => Promise<void>): void },
  { services = [], clock = wallClock, tls = false, logLevel = 'debug', ...options }: OpenOptions = {},
): Promise<OpenedFrontDoor> {
  const stateDir = mkdtempSync(join(tmpdir(), 'rung-door-'));
  const config = parseConfig({ stateDir, port: 0, tlsPort: tls ? 0 : false }, 'the test');
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: logLevel },
    { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const keys = await openAccessKeys(stateDir);
  const resources = { config, keys, clock, logger };
  const door = createFrontDoor(resources, typeof services === 'function' ? services(keys) : services, options);
  t.after(async () => {
    await door.close(100);
    rmSync(stateDir, { recursive: true, force: true });
  });
  const listening = await door.listen();
  return { ...listening, keys, key: keys.first(), stateDir, url: `http://localhost:${listening.http.port}`, log };
}
