/** The model server of the built-in algorithms: `/ping`, `/invocations`, `/execution-parameters`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import { ClientError } from '../errors.ts';
import { RequestError } from '../formats/request-errors.ts';
import type { Model } from '../model.ts';

export interface ModelServerOptions {
  readonly model: Model;
  /** Bytes in a request body at most. */
  readonly maxPayloadBytes: number;
  /** For faults of ours: a user's mistake is only answered. */
  readonly onFault: (error: unknown) => void;
}

export function modelServer(options: ModelServerOptions): Server {
  const server = createServer((request, response) => {
    route(request, response, options).catch((error: unknown) => {
      options.onFault(error);
      if (!response.headersSent)
        answer(response, 500, 'text/plain', 'InternalServerError: the model failed; see its log');
      else response.destroy();
    });
  });
  // Longer than the gateway keeps idle connections, so that it never writes to one that is being closed.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function route(request: IncomingMessage, response: ServerResponse, options: ModelServerOptions): Promise<void> {
  const path = request.url?.split('?', 1)[0];
  if (path === '/invocations')
    return request.method === 'POST' ? invoke(request, response, options) : refuseMethod(request, response, 'POST');
  if (path !== '/ping' && path !== '/execution-parameters') return drain(request, response, 404, `there is no ${path}`);
  if (request.method !== 'GET') return refuseMethod(request, response, 'GET');
  request.resume();
  if (path === '/ping') return answer(response, 200, 'text/plain', '');
  const parameters = {
    MaxConcurrentTransforms: availableParallelism(),
    BatchStrategy: 'MULTI_RECORD',
    MaxPayloadInMB: Math.floor(options.maxPayloadBytes / 1_048_576),
  };
  answer(response, 200, 'application/json', JSON.stringify(parameters));
}

async function invoke(request: IncomingMessage, response: ServerResponse, options: ModelServerOptions): Promise<void> {
  const body = await readBody(request, options.maxPayloadBytes);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    return answer(response, 413, 'text/plain', `the request body is larger than ${options.maxPayloadBytes} bytes`);
  }
  try {
    const { accept, 'content-type': contentType } = request.headers;
    const result = options.model.invoke({ contentType, accept, body });
    answer(response, result.status ?? 200, result.contentType, result.body);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    answer(response, error instanceof RequestError ? error.status : 400, 'text/plain', error.message);
  }
}

/** Resolves to `undefined` when there is more than allowed; what is left is then not read. */
function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.pause();
        resolve(undefined);
      } else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on('error', reject);
  });
}

function refuseMethod(request: IncomingMessage, response: ServerResponse, allowed: string): void {
  response.setHeader('allow', allowed);
  drain(request, response, 405, `${request.method} is not allowed here; use ${allowed}`);
}

function drain(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  request.resume();
  answer(response, status, 'text/plain', message);
}

function answer(response: ServerResponse, status: number, contentType: string, body: Uint8Array | string): void {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, { 'content-type': contentType, 'content-length': length });
  response.end(body);
}
