import type { WireError } from '@rung/wire';
import type { ServerResponse } from 'node:http';
import type { Gateway } from '../../gateway/gateway.ts';
import type { AnswerSink, Invocation, InvocationRequest } from '../../gateway/invocation.ts';
import type { ResponseHead } from '../../gateway/response-reader.ts';

/** Writes the answer of InvokeEndpoint. */
export class InvocationAnswer implements AnswerSink {
  #response: ServerResponse;
  #requestId: string;
  #invocation: Invocation | undefined;

  constructor(response: ServerResponse, requestId: string) {
    this.#response = response;
    this.#requestId = requestId;
  }

  run(gateway: Gateway, request: InvocationRequest): void {
    this.#response.on('close', () => {
      if (!this.#response.writableEnded) this.#invocation?.cancel();
    });
    this.#invocation = gateway.invoke(request, this);
  }

  onAnswer(head: ResponseHead, body: readonly Buffer[], variant: string): void {
    const whole = body.length === 1 ? body[0] : Buffer.concat(body);
    const headers = ['x-amzn-RequestId', this.#requestId, 'Content-Length', String(whole?.length ?? 0)];
    headers.push('x-Amzn-Invoked-Production-Variant', variant);
    if (head.contentType !== undefined) headers.push('Content-Type', head.contentType);
    pushModelHeaders(headers, head);
    this.#response.writeHead(200, headers);
    this.#response.end(whole);
  }

  onError(error: WireError, variant: string | undefined): void {
    writeError(this.#response, this.#requestId, error, variant);
  }
}

/** The headers that a model may set for its caller. */
export function pushModelHeaders(headers: string[], head: ResponseHead): void {
  if (head.customAttributes !== undefined) {
    headers.push('X-Amzn-SageMaker-Custom-Attributes', head.customAttributes);
  }
  if (head.newSessionId !== undefined) headers.push('X-Amzn-SageMaker-New-Session-Id', head.newSessionId);
  if (head.closedSessionId !== undefined) headers.push('X-Amzn-SageMaker-Closed-Session-Id', head.closedSessionId);
}

/** An error as the runtime sends it: the code in a header, the members in the body. */
export function writeError(response: ServerResponse, requestId: string, error: WireError, variant?: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify({ ...error.members, Message: error.message, message: error.message }));
  const headers = ['x-amzn-RequestId', requestId, 'Content-Type', 'application/json'];
  headers.push('Content-Length', String(body.length), 'x-amzn-ErrorType', error.code);
  if (variant !== undefined) headers.push('x-Amzn-Invoked-Production-Variant', variant);
  response.writeHead(error.status, headers);
  response.end(body);
}
