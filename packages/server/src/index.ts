/** The control plane as a library: what `rung up` and tests start. */
export { ConfigError, parseConfig, type ServerConfig } from './config.ts';
export { PortTaken } from './front-door/port-taken.ts';
export { startServer, type PlatformDescription, type RunningServer } from './start-server.ts';
export { StateFolderInUse } from './state-lock.ts';
