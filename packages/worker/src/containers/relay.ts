import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MARKER } from '../processes/kill-leftovers.ts';

/** Leads from a unix socket of this machine to a port inside a container that has no network. */
export interface Relay {
  close(): void;
}

/** Joins the network of the container whose first process is `pid`; needs root. */
export function startRelay(pid: number, socket: string, port: number, marker: string): Relay {
  const relay = spawn(
    'nsenter',
    [
      `--net=/proc/${pid}/ns/net`,
      process.execPath,
      fileURLToPath(new URL('./loopback-relay.ts', import.meta.url)),
      socket,
      String(port),
    ],
    // The marker: should this worker be killed, the engine finds the relay by it.
    { stdio: ['ignore', 'ignore', 'inherit'], env: { PATH: process.env['PATH'], [MARKER]: marker } },
  );
  relay.on('error', (error) => process.stderr.write(`no relay into the container: ${error.message}\n`));
  return { close: () => void relay.kill('SIGKILL') };
}
