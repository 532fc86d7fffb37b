import { Agent, type IncomingMessage, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { DaemonError, DaemonUnreachable } from './daemon-error.ts';

/** The version of the Docker API that is spoken: Docker since 20.10, Podman since 4.0. */
const API = '/v1.41';

export interface DaemonRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the API's version, with its query, e.g. `/containers/json?all=1`. */
  readonly path: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Default: none, because waiting for a container's end takes as long as it runs. */
  readonly timeoutMs?: number;
}

/** A Docker or Podman daemon behind a unix socket of this machine, spoken to in the Docker API. */
export class Daemon {
  readonly socket: string;
  readonly #agent: Agent;

  constructor(socket: string) {
    this.socket = socket;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 64 });
  }

  /** Which product answers; the cheapest question there is. */
  async ping(timeoutMs: number): Promise<'docker' | 'podman'> {
    const response = await this.#send({ method: 'GET', path: '/_ping', timeoutMs });
    await readText(response, this.socket);
    return response.headers['libpod-api-version'] === undefined ? 'docker' : 'podman';
  }

  /**
   * The answer as parsed JSON; `undefined` when it has no body.
   * @throws DaemonError when the daemon refuses, with its own words; DaemonUnreachable when it does not answer.
   */
  async call(call: DaemonRequest): Promise<unknown> {
    const response = await this.#send(call);
    const text = await readText(response, this.socket);
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new DaemonUnreachable(this.socket, 'it answered something that is not JSON', { cause });
    }
  }

  /** The lines of an answer that comes as a stream of JSON documents, as that of a pull. */
  async *lines(call: DaemonRequest): AsyncGenerator {
    const response = await this.#send(call);
    let rest = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
    }
    if (rest.trim() !== '') yield JSON.parse(rest);
  }

  /** A connection that carries raw bytes after the answer's head, and what of them came with the head. */
  upgrade(path: string): Promise<{ readonly stream: Duplex; readonly head: Buffer }> {
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: this.socket,
        method: 'POST',
        path: API + path,
        headers: { Connection: 'Upgrade', Upgrade: 'tcp' },
      });
      sent.once('upgrade', (_, stream, head) => resolve({ stream, head }));
      sent.once('response', (response) => {
        refusalOf(response, this.socket).then(reject, reject);
      });
      sent.once('error', (cause) => reject(unreachable(this.socket, cause)));
      sent.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send({ method, path, json, headers, signal, timeoutMs }: DaemonRequest): Promise<IncomingMessage> {
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({
        socketPath: this.socket,
        agent: this.#agent,
        method,
        path: API + path,
        headers: {
          Host: 'daemon',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': body.length }),
          ...headers,
        },
        ...(signal === undefined ? {} : { signal }),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      });
      sent.once('response', resolve);
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      sent.once('error', (cause) => reject(unreachable(this.socket, cause)));
      sent.end(body);
    });
    if ((response.statusCode ?? 500) >= 400) throw await refusalOf(response, this.socket);
    return response;
  }
}

async function refusalOf(response: IncomingMessage, socket: string): Promise<DaemonError> {
  const text = await readText(response, socket);
  return new DaemonError(response.statusCode ?? 500, messageIn(text) ?? (text.trim() || 'it gave no reason'));
}

function messageIn(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    return 'message' in value && typeof value.message === 'string' ? value.message.trim() : undefined;
  } catch {
    return undefined; // a proxy or a very old daemon answers plain text
  }
}

async function readText(response: IncomingMessage, socket: string): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of response) text += String(chunk);
  } catch (cause) {
    throw unreachable(socket, cause);
  }
  return text;
}

function unreachable(socket: string, cause: unknown): unknown {
  if (cause instanceof Error && cause.name === 'AbortError') return cause;
  return new DaemonUnreachable(socket, cause instanceof Error ? cause.message : String(cause), { cause });
}
