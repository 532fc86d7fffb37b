import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { WireError } from '../errors.ts';
import type { ServiceName } from '../model/load-service.ts';
import { loadService } from '../model/load-service.ts';
import { detectProtocol, loadProtocol } from '../protocols/protocols.ts';
import { validate } from '../validation/validate.ts';
import type { WireRequest } from '../protocols/protocol.ts';

/** What a test answers to an operation: its output, or a thrown `WireError`. */
export type Answer = (operation: string, input: Record<string, unknown>) => unknown;

/** A server of one service that answers by a function, for trying other people's clients on the protocols. */
export interface WireServer extends AsyncDisposable {
  readonly endpoint: string;
}

export async function startWireServer(name: ServiceName, answer: Answer): Promise<WireServer> {
  const service = await loadService(name);
  const server = createServer((request, response) => {
    void (async () => {
      const wireRequest = toWireRequest(request);
      let protocol = await loadProtocol(service.protocols[0] ?? 'json');
      let operation;
      let result;
      try {
        protocol = await detectProtocol(service, wireRequest);
        const parsed = await protocol.parseRequest(service, wireRequest);
        operation = parsed.operation;
        if (name !== 's3') validate(service, operation, parsed.input);
        const output = await answer(operation.name, parsed.input);
        result = protocol.serializeOutput(service, operation, output, { requestId: 'request-1' });
      } catch (error) {
        const wireError =
          error instanceof WireError ? error : new WireError('InternalFailure', String(error), { cause: error });
        result = protocol.serializeError(service, operation, wireError, { requestId: 'request-1' });
      }
      const { status, headers, body } = result;
      response.writeHead(status, headers);
      if (typeof body === 'string' || body instanceof Uint8Array) response.end(body);
      else await pipeline(Readable.from(body), response);
    })();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function toWireRequest(request: IncomingMessage): WireRequest {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  return { method: request.method ?? 'GET', path, query, headers, body: request };
}
