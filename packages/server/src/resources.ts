/** Everything that handlers, controllers and the gateway work with, made once at start and passed as one record. */
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { ServerConfig } from './config.ts';
import type { EngineSet } from './engines/engine-set.ts';
import type { Environments } from './environments/environments.ts';
import type { ObjectStore } from './objects/object-store.ts';
import type { LogStore } from './observability/log-store.ts';
import type { MetricStore } from './observability/metric-store.ts';
import type { AccessKeys } from './secrets/access-keys.ts';
import type { Store } from './store/store.ts';

export interface ServerResources {
  readonly config: ServerConfig;
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly engines: EngineSet;
  /** Where users' own code runs. */
  readonly environments: Environments;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  /** Who may call, and the temporary credentials that jobs get. */
  readonly keys: AccessKeys;
  readonly clock: Clock;
  readonly logger: Logger;
}
