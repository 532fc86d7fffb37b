/** For who reads the platform's description: whether the process in it still runs. */
export { isAlive } from '@rung/worker';
