/** The HTTP face of the model server: `/ping`, `/invocations`, `/execution-parameters`, and TensorFlow Serving's `/v1/models/…`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Answer, Invocation } from './frames.ts';

export interface FrontOptions {
  readonly maxPayloadBytes: number;
  readonly healthy: () => boolean;
  /** `abandoned`: whether the caller has gone meanwhile. */
  readonly invoke: (invocation: Invocation, abandoned: () => boolean) => Promise<Answer>;
  readonly executionParameters: () => unknown;
  /** Answer TensorFlow Serving's REST forms, too. */
  readonly tensorflow: boolean;
}

export function httpFront(options: FrontOptions): Server {
  const server = createServer(
    { noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 },
    (request, response) => {
      response.sendDate = false;
      route(request, response, options);
    },
  );
  return server;
}

/** Longer than the gateway keeps idle connections, so that it never writes to one that is being closed. */
const KEEP_ALIVE_MS = 75_000;
const TENSORFLOW_PATH = /^\/v1\/models\/[^/:]+(?:\/(?:versions|labels)\/[^/:]+)?(?::(predict|classify|regress))?$/;

function route(request: IncomingMessage, response: ServerResponse, options: FrontOptions): void {
  const [path = ''] = (request.url ?? '').split('?', 1);
  if (path === '/invocations') return invoke(request, response, options);
  if (path === '/ping') {
    const healthy = options.healthy();
    return told(request, response, 'GET', healthy ? 200 : 503, healthy ? '' : 'the model is not loaded');
  }
  if (path === '/execution-parameters')
    return told(request, response, 'GET', 200, JSON.stringify(options.executionParameters()), 'application/json');
  const tensorflow = options.tensorflow ? TENSORFLOW_PATH.exec(path) : null;
  if (tensorflow === null) return told(request, response, request.method, 404, `there is no ${path}`);
  if (tensorflow[1] === 'predict') return invoke(request, response, options);
  if (tensorflow[1] !== undefined)
    return told(request, response, request.method, 501, `${tensorflow[1]} is not implemented; use :predict`);
  const status = {
    model_version_status: [{ version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }],
  };
  told(request, response, 'GET', options.healthy() ? 200 : 503, JSON.stringify(status), 'application/json');
}

function invoke(request: IncomingMessage, response: ServerResponse, options: FrontOptions): void {
  if (request.method !== 'POST') return told(request, response, 'POST', 405, '');
  const body: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= options.maxPayloadBytes) body.push(chunk);
    else if (!response.headersSent) tooLarge(request, response, options.maxPayloadBytes);
  });
  request.once('end', () => {
    if (response.headersSent) return;
    const { headers } = request;
    const invocation: Invocation = {
      contentType: headers['content-type'] ?? '',
      accept: headers.accept ?? '',
      attributes: String(headers['x-amzn-sagemaker-custom-attributes'] ?? ''),
      body,
      bodyLength: length,
    };
    void options.invoke(invocation, () => response.destroyed).then((answer) => send(response, answer));
  });
}

function tooLarge(request: IncomingMessage, response: ServerResponse, limit: number): void {
  request.pause();
  response.setHeader('connection', 'close');
  send(response, {
    status: 413,
    contentType: 'text/plain',
    body: Buffer.from(`the request body is larger than ${limit} bytes`),
  });
}

/** A short answer that needs nothing of the request's body; 405 for another method than `allowed`. */
function told(
  request: IncomingMessage,
  response: ServerResponse,
  allowed: string | undefined,
  status: number,
  text: string,
  contentType = 'text/plain',
): void {
  request.resume();
  if (allowed === undefined || request.method === allowed)
    return send(response, { status, contentType, body: Buffer.from(text) });
  response.setHeader('allow', allowed);
  const message = `${request.method} is not allowed here; use ${allowed}`;
  send(response, { status: 405, contentType: 'text/plain', body: Buffer.from(message) });
}

function send(response: ServerResponse, { status, contentType, body, retryAfter }: Answer): void {
  if (response.destroyed) return;
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response.writeHead(status, { 'content-type': contentType, 'content-length': body.length });
  response.end(body);
}
