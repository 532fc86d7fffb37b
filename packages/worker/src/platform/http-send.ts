import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SendRequest, SendResponse } from '@rung/wire';

/** A connection that stays silent for so long is given up; the call is tried again. */
const IDLE_MS = 60_000;

// Connections are kept for the worker's few minutes; the process ends with them open.
const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/** Sends a request over node:http, whose streams copy less than `fetch`'s do. */
export function httpSend({ method, url, headers, body, signal }: SendRequest): Promise<SendResponse> {
  const secure = url.protocol === 'https:';
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    return Promise.reject(new TypeError('the worker sends whole bodies only: a stream cannot be sent again'));
  }
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...headers, 'content-length': body === undefined ? 0 : Buffer.byteLength(body) },
      agent: secure ? agents.https : agents.http,
      timeout: IDLE_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    request.once('response', (response) => {
      const headers = plainHeaders(response);
      const status = response.statusCode ?? 0;
      const empty = method === 'HEAD' || status === 204 || status === 304 || headers['content-length'] === '0';
      // Nobody reads what is empty, and an answer that is not read to its end keeps its socket and the request's body.
      if (empty) response.resume();
      resolve({ status, headers, body: empty ? new Uint8Array() : response });
    });
    request.once('timeout', () => request.destroy(new Error(`no answer for ${IDLE_MS / 1000} s`)));
    request.once('error', reject);
    request.end(body);
  });
}

function plainHeaders(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}
