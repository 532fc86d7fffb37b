/** What engines need of the Docker API themselves: to look for a daemon, and to take away what a worker left. */
export { Daemon } from './daemon.ts';
export { DaemonUnreachable } from './daemon-error.ts';
export { listContainers, listNetworks, removeContainer, removeNetwork } from './containers.ts';
