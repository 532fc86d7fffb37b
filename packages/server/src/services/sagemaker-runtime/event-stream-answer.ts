import type { WireError } from '@rung/wire';
import { encodeMessage } from '@rung/wire';
import type { ServerResponse } from 'node:http';
import type { Gateway } from '../../gateway/gateway.ts';
import type { Invocation, InvocationRequest, StreamSink } from '../../gateway/invocation.ts';
import type { ResponseHead } from '../../gateway/response-reader.ts';
import { pushModelHeaders, writeError } from './invocation-answer.ts';

const partHeaders = {
  ':event-type': 'PayloadPart',
  ':content-type': 'application/octet-stream',
  ':message-type': 'event',
};

/** Writes the answer of InvokeEndpointWithResponseStream: each part that the model makes is one event. */
export class EventStreamAnswer implements StreamSink {
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
    this.#response.on('drain', () => this.#invocation?.resume());
    this.#invocation = gateway.invokeStream(request, this);
  }

  onStart(head: ResponseHead, variant: string): void {
    const headers = ['x-amzn-RequestId', this.#requestId, 'Content-Type', 'application/vnd.amazon.eventstream'];
    headers.push('x-Amzn-Invoked-Production-Variant', variant);
    if (head.contentType !== undefined) headers.push('X-Amzn-SageMaker-Content-Type', head.contentType);
    pushModelHeaders(headers, head);
    this.#response.writeHead(200, headers);
    this.#response.flushHeaders();
  }

  onPart(part: Buffer): boolean {
    return this.#response.write(encodeMessage({ headers: partHeaders, payload: part }));
  }

  onEnd(): void {
    this.#response.end();
  }

  onBroken(message: string): void {
    const headers = {
      ':exception-type': 'ModelStreamError',
      ':content-type': 'application/json',
      ':message-type': 'exception',
    };
    const payload = Buffer.from(JSON.stringify({ Message: message, ErrorCode: 'ModelInvocationError' }));
    this.#response.end(encodeMessage({ headers, payload }));
  }

  onError(error: WireError, variant: string | undefined): void {
    writeError(this.#response, this.#requestId, error, variant);
  }
}
