import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { parseConfig, type ServerConfig } from '../config.ts';
import type { Engine } from '../engines/engine.ts';
import { FakeEngine } from '../engines/testing/fake-engine.ts';
import { Environments } from '../environments/environments.ts';
import { FileObjectStore } from '../objects/files/file-object-store.ts';
import { fileLogStore } from '../observability/file-log-store.ts';
import { openSqliteMetricStore } from '../observability/sqlite-metric-store.ts';
import type { ServerResources } from '../resources.ts';
import { openAccessKeys } from '../secrets/access-keys.ts';
import type { RequestContext } from '../services/service.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { SteppedClock } from './stepped-clock.ts';

export interface TestResources extends ServerResources {
  readonly clock: SteppedClock;
}

/** Everything a control plane has, real but for the clock and the engine, in a folder that is removed after the test. */
export async function testResources(
  t: TestContext,
  options: { engine?: Engine; config?: Partial<ServerConfig>; clock?: SteppedClock } = {},
): Promise<TestResources> {
  const stateDir = mkdtempSync(join(tmpdir(), 'rung-test-'));
  const clock = options.clock ?? new SteppedClock();
  const engine = options.engine ?? new FakeEngine({ now: () => clock.now() });
  mkdirSync(join(stateDir, 'logs'));
  const store = await openSqliteStore({ file: join(stateDir, 'store.sqlite'), clock });
  const objects = new FileObjectStore({ root: join(stateDir, 'objects') });
  const metrics = await openSqliteMetricStore({ file: join(stateDir, 'metrics.sqlite'), clock });
  const environments = new Environments(options.config?.environmentsDir ?? join(stateDir, 'environments'));
  t.after(async () => {
    await environments.close();
    await store.close();
    await objects.close();
    await metrics.close();
    await engine.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  return {
    config: { ...parseConfig({ stateDir, maxConcurrentJobs: 2, logLevel: 'silent' }, 'the test'), ...options.config },
    store,
    objects,
    engines: { byName: new Map([[engine.name, engine]]), default: engine },
    environments,
    logs: fileLogStore(join(stateDir, 'logs')),
    metrics,
    keys: await openAccessKeys(stateDir, { now: () => clock.now() }),
    clock,
    logger: pino({ level: 'silent' }),
  };
}

/** A request of nobody in particular. */
export function testContext(more: Partial<RequestContext> = {}): RequestContext {
  return {
    requestId: 'test',
    region: 'us-east-1',
    account: '000000000000',
    principal: { accessKeyId: 'AKIATEST', arn: 'arn:aws:sts::000000000000:assumed-role/test/test', userId: 'test' },
    origin: 'http://127.0.0.1:7070',
    signal: new AbortController().signal,
    headers: {},
    ...more,
  };
}

/** Waits until `condition` holds, looking between the turns of the event loop. Thrown when it does not within 5 s of real time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited 5 s in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
