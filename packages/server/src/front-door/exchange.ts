import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { RequestHead } from '@rung/wire';
import type { Principal, RequestContext } from '../services/service.ts';

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId = randomUUID();
  readonly head: RequestHead;
  /** When the request arrived, by `performance.now()`. */
  readonly begun = performance.now();
  #awaitsContinue: boolean;

  /** @param awaitsContinue The client sends its body only after `100 Continue`. */
  constructor(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
    this.request = request;
    this.response = response;
    this.#awaitsContinue = awaitsContinue;
    this.head = { method: request.method ?? 'GET', target: request.url ?? '/', headers: request.headers };
  }

  /** Without the query, still percent-encoded. */
  get path(): string {
    const mark = this.head.target.indexOf('?');
    return mark < 0 ? this.head.target : this.head.target.slice(0, mark);
  }

  /** Without the question mark, still percent-encoded. */
  get query(): string {
    const mark = this.head.target.indexOf('?');
    return mark < 0 ? '' : this.head.target.slice(mark + 1);
  }

  /** True as long as the client waits to be asked for its body. */
  get awaitsContinue(): boolean {
    return this.#awaitsContinue;
  }

  /** To be called before the body is read. */
  askForBody(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    this.response.writeContinue();
  }
}

/** What handlers are told. An `AbortSignal` costs more than most handlers' work, so it is made when it is asked for. */
export class ExchangeContext implements RequestContext {
  readonly requestId: string;
  readonly region: string;
  readonly account: string;
  readonly principal: Principal;
  readonly trailers: RequestContext['trailers'];
  readonly #exchange: Exchange;
  #abort: AbortController | undefined;

  constructor(
    exchange: Exchange,
    account: string,
    region: string,
    principal: Principal,
    trailers?: RequestContext['trailers'],
  ) {
    this.#exchange = exchange;
    this.requestId = exchange.requestId;
    this.account = account;
    this.region = region;
    this.principal = principal;
    this.trailers = trailers;
  }

  get headers(): RequestContext['headers'] {
    // Safe: only `set-cookie` comes as a list, and nobody sends it to a server.
    return this.#exchange.request.headers as RequestContext['headers'];
  }

  get origin(): string {
    const { socket, headers } = this.#exchange.request;
    return `${'encrypted' in socket ? 'https' : 'http'}://${headers.host ?? `${socket.localAddress}:${socket.localPort}`}`;
  }

  get signal(): AbortSignal {
    if (this.#abort !== undefined) return this.#abort.signal;
    const abort = new AbortController();
    this.#abort = abort;
    const { response } = this.#exchange;
    const end = (): void => {
      if (!response.writableFinished) abort.abort(new Error('The client closed the connection.'));
    };
    if (response.closed || response.destroyed) end();
    else response.once('close', end);
    return abort.signal;
  }
}
