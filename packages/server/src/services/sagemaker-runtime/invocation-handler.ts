/** The operations of the SageMaker runtime, over HTTP: everything below `/endpoints/`. */
import { WireError } from '@rung/wire';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from '../../gateway/gateway.ts';
import type { RequestContext } from '../service.ts';
import { EventStreamAnswer } from './event-stream-answer.ts';
import { InvocationAnswer, writeError } from './invocation-answer.ts';
import { parseInvocation } from './parse-invocation.ts';

/** Gets a request whose signature is verified and whose body is whole, and answers it. */
export interface InvocationHandler {
  handle(request: IncomingMessage, response: ServerResponse, body: Uint8Array, context: RequestContext): void;
}

/** The operations that have behaviour, by the names of the service model. */
export const invocationOperations: readonly string[] = ['InvokeEndpoint', 'InvokeEndpointWithResponseStream'];

const invocationPath = /^\/endpoints\/([^/?]+)\/(invocations|invocations-response-stream|async-invocations)(?:\?|$)/;

export function createInvocationHandler(gateway: Gateway): InvocationHandler {
  return {
    handle(request, response, body, context) {
      const receivedAt = performance.now();
      try {
        const path = invocationPath.exec(request.url ?? '');
        const endpointName = path?.[1];
        if (request.method !== 'POST' || endpointName === undefined) throw unknownOperation(request);
        if (path?.[2] === 'async-invocations') throw asyncRefused(endpointName);
        const streaming = path?.[2] === 'invocations-response-stream';
        const invocation = parseInvocation(request.headers, { endpointName, body, context, receivedAt, streaming });
        if (streaming) new EventStreamAnswer(response, context.requestId).run(gateway, invocation);
        else new InvocationAnswer(response, context.requestId).run(gateway, invocation);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        writeError(response, context.requestId, error);
      }
    },
  };
}

function unknownOperation(request: IncomingMessage): WireError {
  return new WireError(
    'UnknownOperationException',
    `The SageMaker runtime has no operation ${request.method} ${request.url}. Invoke an endpoint with POST /endpoints/<name>/invocations.`,
    { status: 404 },
  );
}

function asyncRefused(endpointName: string): WireError {
  return new WireError(
    'ValidationError',
    `Endpoint ${decodeURIComponent(endpointName)} does not take asynchronous requests: Rung does not serve asynchronous inference yet. ` +
      'Use InvokeEndpoint or InvokeEndpointWithResponseStream.',
    { status: 400 },
  );
}
