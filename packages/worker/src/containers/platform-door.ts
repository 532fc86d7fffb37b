import { type AddressInfo, createServer, connect, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../program/free-port.ts';
import { currentConnection } from '../platform/connection.ts';

/**
 * A way from a container's network to a platform that listens on loopback only: on the address that this machine has in that network, bytes
 * are passed on as they are. Whoever comes through has to sign as everywhere.
 */
export interface PlatformDoor {
  /** What the container has to use as the platform's address. */
  readonly endpoint: string;
  /** Listens as soon as the network is there, which may be only while the container starts. */
  open(): Promise<void>;
  close(): void;
}

const OPEN_LIMIT_MS = 30_000;

export async function makePlatformDoor(gateway: string, connectionFile: string): Promise<PlatformDoor> {
  const port = await freePort();
  const sockets = new Set<{ destroy(): void }>();
  const closing = new AbortController();
  const server = createServer((outside) => {
    // Read anew each time: the platform may have come back elsewhere.
    const target = currentConnection(connectionFile)?.endpoint;
    if (target === undefined) {
      outside.destroy();
      return;
    }
    const { hostname, port: platformPort } = new URL(target);
    const inside = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(platformPort) });
    for (const [socket, other] of [
      [outside, inside],
      [inside, outside],
    ] as const) {
      sockets.add(socket);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      // What went wrong on one side shows on the other as a closed connection.
      socket.on('error', () => undefined);
      socket.pipe(other);
    }
  });
  return {
    endpoint: `http://${gateway}:${port}`,
    open: () => listenOnceThere(server, gateway, port, closing.signal),
    close: () => {
      closing.abort();
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Podman gives the machine its address in a network together with the first container that joins. */
async function listenOnceThere(server: Server, host: string, port: number, closing: AbortSignal): Promise<void> {
  const deadline = Date.now() + OPEN_LIMIT_MS;
  for (let pause = 2; !closing.aborted; pause = Math.min(2 * pause, 50)) {
    try {
      await listen(server, host, port);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code; // listen fails with system errors only
      if (code !== 'EADDRNOTAVAIL' || Date.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo); // a TCP server has one while it listens
    });
  });
}
