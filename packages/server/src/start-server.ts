/** The control plane, put together: opens what it remembers, takes up what an earlier one left running, and listens. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess, type ProcessIdentity } from '@rung/worker';
import { pino } from 'pino';
import { wallClock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import { keepConnectionFile } from './connection-file.ts';
import { restoreRoutes } from './controllers/endpoints/adopt-endpoints.ts';
import { startControllers } from './controllers/start-controllers.ts';
import { Environments } from './environments/environments.ts';
import { makeEngines } from './engines/make-engines.ts';
import { createFrontDoor } from './front-door/front-door.ts';
import { Gateway } from './gateway/gateway.ts';
import { openObjectStore } from './objects/open-object-store.ts';
import { fileLogStore } from './observability/file-log-store.ts';
import { openSqliteMetricStore } from './observability/sqlite-metric-store.ts';
import type { ServerResources } from './resources.ts';
import { openAccessKeys } from './secrets/access-keys.ts';
import { createInvocationHandler } from './services/sagemaker-runtime/invocation-handler.ts';
import { chaosOperations } from './services/chaos/chaos-operations.ts';
import { allServices } from './services/all-services.ts';
import { lockStateFolder } from './state-lock.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** What a running control plane says of itself, also in `<stateDir>/server.json`. */
export interface PlatformDescription {
  readonly pid: number;
  /** Tells this process from a later one of the same pid; absent where the system says nothing of processes. */
  readonly process?: ProcessIdentity;
  readonly stateDir: string;
  readonly endpoint: string;
  /** Absent where TLS is switched off. */
  readonly tlsEndpoint?: string;
  /** The certificate authority that clients must trust, as a file. */
  readonly caFile?: string;
  readonly region: string;
  readonly account: string;
  readonly startedAt: string;
}

export interface RunningServer {
  readonly description: PlatformDescription;
  /**
   * Stops listening, lets requests under way end, then stops every workload: nothing runs on. Jobs that were in progress start again, and endpoints serve
   * again, when a control plane starts on this folder the next time.
   */
  close(): Promise<void>;
}

/**
 * @throws StateFolderInUse when another control plane works on the folder; PortTaken when a port is not free; StoreUnavailable when the folder
 * cannot be read or written. Nothing is left open then.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const closing: (() => void | Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const description = await open(config, (close) => closing.push(close));
    return { description, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Opens everything, bottom up. Each part hands over how it is closed; closing runs the other way round. */
async function open(
  config: ServerConfig,
  onClose: (close: () => void | Promise<void>) => void,
): Promise<PlatformDescription> {
  const { stateDir } = config;
  const lock = lockStateFolder(stateDir);
  onClose(() => lock.release());
  const logger = pino({ level: config.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));

  const clock = wallClock;
  const store = await openSqliteStore({ file: join(stateDir, 'rung.db'), clock });
  onClose(() => store.close());
  const metrics = await openSqliteMetricStore({ file: join(stateDir, 'metrics.db'), clock });
  onClose(() => metrics.close());
  const { store: objects, root: objectsRoot } = await openObjectStore(config);
  onClose(() => objects.close());
  const logs = fileLogStore(join(stateDir, 'logs'));
  const keys = await openAccessKeys(stateDir);

  const environments = new Environments(config.environmentsDir);
  onClose(() => environments.close());
  const engines = makeEngines(config, {
    environments,
    objectsRoot,
    logFile: (group, stream) => logs.filePath(group, stream),
  });
  for (const engine of engines.byName.values()) onClose(() => engine.close());

  const resources: ServerResources = {
    config,
    store,
    objects,
    engines,
    environments,
    logs,
    metrics,
    keys,
    clock,
    logger,
  };
  const gateway = new Gateway({ metrics, logger });
  onClose(() => gateway.close());
  const frontDoor = createFrontDoor(resources, allServices(resources), {
    invocations: createInvocationHandler(gateway),
    metricsText: () => gateway.metricsText(),
    control: chaosOperations(resources),
  });
  onClose(() => frontDoor.close());
  await restoreRoutes(resources, gateway.routes);
  const listening = await frontDoor.listen();
  const endpoint = listening.http.url;
  const connectionFile = keepConnectionFile(stateDir, () => ({
    endpoint,
    region: config.region,
    ...credentialsOf(keys.first()),
  }));
  onClose(() => connectionFile.close());

  // Only now, because a worker that is adopted or started must find the platform.
  const controllers = await startControllers(resources, gateway);
  onClose(async () => {
    await controllers.stop();
    await stopWorkloads(resources);
  });

  const identity = identifyProcess(process.pid);
  const description: PlatformDescription = {
    pid: process.pid,
    ...(identity === undefined ? {} : { process: identity }),
    stateDir,
    endpoint,
    ...(listening.https === undefined ? {} : { tlsEndpoint: listening.https.url }),
    ...(listening.caFile === undefined ? {} : { caFile: listening.caFile }),
    region: config.region,
    account: config.account,
    startedAt: clock.now().toISOString(),
  };
  describe(description);
  onClose(() => rmSync(descriptionFile(stateDir), { force: true }));
  return description;
}

function credentialsOf({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }): {
  accessKeyId: string;
  secretAccessKey: string;
} {
  return { accessKeyId, secretAccessKey };
}

/** A stopped platform runs nothing. What is lost by that is started again: the controllers see that it is gone. */
async function stopWorkloads({ engines, logger }: ServerResources): Promise<void> {
  for (const engine of engines.byName.values()) {
    const removals = (await engine.list()).map((id) => engine.remove(id));
    for (const removal of await Promise.allSettled(removals)) {
      // A container daemon that is away must not keep the platform from stopping: the next control plane finishes this.
      if (removal.status === 'rejected')
        logger.error({ err: removal.reason, engine: engine.name }, 'a workload is left');
    }
  }
}

function describe(description: PlatformDescription): void {
  const file = descriptionFile(description.stateDir);
  writeFileSync(`${file}.new`, JSON.stringify(description, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function descriptionFile(stateDir: string): string {
  return join(stateDir, 'server.json');
}
