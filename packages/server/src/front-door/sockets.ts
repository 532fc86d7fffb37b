import { createServer, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { PortTaken } from './port-taken.ts';
import type { Timeouts } from './timeouts.ts';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:7070` */
  readonly url: string;
}

export function createHttpServer(timeouts: Timeouts): Server {
  return tuned(createServer(serverOptions(timeouts)));
}

export function createTlsServer(timeouts: Timeouts, { key, cert }: { key: string; cert: string }): HttpsServer {
  return tuned(
    createHttpsServer({
      ...serverOptions(timeouts),
      key,
      cert,
      minVersion: 'TLSv1.2',
      handshakeTimeout: timeouts.headers,
    }),
  );
}

/** Thrown: `PortTaken`. */
export async function listen(
  server: Server,
  scheme: 'http' | 'https',
  host: string,
  port: number,
): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject('code' in error && error.code === 'EADDRINUSE' ? new PortTaken(host, port, scheme, error) : error),
    );
    server.listen({ host, port, backlog: 1024 }, resolve);
  });
  // Safe: a server that listens on a host has an address of that form.
  const address = server.address() as AddressInfo;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return {
    host,
    port: address.port,
    url: `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${address.port}`,
  };
}

export async function close(servers: readonly Server[], graceMs: number): Promise<void> {
  await Promise.all(
    servers.map(async (server) => {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(timer);
    }),
  );
}

function serverOptions(timeouts: Timeouts): ServerOptions {
  return {
    keepAliveTimeout: timeouts.keepAlive,
    headersTimeout: timeouts.headers,
    // Bodies have time limits of their own, for a large upload may rightly take an hour.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(100, Math.min(2000, timeouts.headers / 4)),
    // Presigned URLs with session tokens and 2 KB of user metadata fit; more is nobody's.
    maxHeaderSize: 32 * 1024,
    noDelay: true,
    // Finds peers that vanished without a word.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  };
}

function tuned<S extends Server>(server: S): S {
  server.on('clientError', (error: Error & { code?: string }, socket) => {
    // Safe: the type says Duplex for the sake of sockets that are no sockets; ours are.
    answerBrokenRequest(error.code, socket as Socket);
  });
  return server;
}

/** What cannot be parsed has no protocol, so the answer is plain. */
function answerBrokenRequest(code: string | undefined, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, text] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request did not arrive in time.']
      : code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The headers of the request are larger than 32 KiB.']
        : ['400 Bad Request', 'This is no HTTP request that can be read. (The TLS listener has a port of its own.)'];
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${text.length + 1}\r\n\r\n${text}\n`,
  );
}
