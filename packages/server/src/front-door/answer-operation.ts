/** From a proven request to the answer of its operation. */
import {
  type Body,
  detectProtocol,
  loadProtocol,
  loadService,
  type Operation,
  type Protocol,
  type ServiceModel,
  type ServiceName,
  unknownMembers,
  validate,
  WireError,
  type WireRequest,
  type WireResponse,
} from '@rung/wire';
import type { Handler, RequestContext, Service } from '../services/service.ts';
import type { Exchange } from './exchange.ts';
import { pathWithBucket } from './virtual-host.ts';

export interface Answered {
  readonly answer: WireResponse;
  /** `undefined` where it was never found out. */
  readonly operation: string | undefined;
  /** Why the answer is an error. */
  readonly error?: unknown;
  /** Members of the input that the operation does not have. */
  readonly unknown?: readonly string[];
}

/** The error to send for what was thrown. */
export type Refuse = (error: unknown) => WireError;

/** Never throws: what goes wrong is answered in the request's own protocol. */
export async function answerOperation(
  exchange: Exchange,
  service: Service,
  body: Body,
  context: RequestContext,
  refuse: Refuse,
): Promise<Answered> {
  const { model, protocol, request } = await speak(exchange, service.name, body);
  const { requestId } = exchange;
  let operation: Operation | undefined;
  try {
    const parsed = await protocol.parseRequest(model, request);
    operation = parsed.operation;
    const handler = handlerOf(service, operation);
    validate(model, operation, parsed.input);
    const output = await handler(parsed.input, context);
    const unknown = service.name === 's3' ? [] : unknownMembers(model, operation, parsed.input);
    const answer = protocol.serializeOutput(model, operation, output, { requestId, ...partialStatus(output) });
    return { answer, operation: operation.name, unknown };
  } catch (error) {
    const answer = protocol.serializeError(model, operation, refuse(error), { requestId, resource: request.path });
    return { answer, operation: operation?.name, error };
  }
}

/** The answer to a request that does not get as far as its operation. */
export async function answerRefusal(exchange: Exchange, service: ServiceName, error: WireError): Promise<WireResponse> {
  const { model, protocol, request } = await speak(exchange, service, '');
  return protocol.serializeError(model, undefined, error, { requestId: exchange.requestId, resource: request.path });
}

async function speak(
  exchange: Exchange,
  service: ServiceName,
  body: Body,
): Promise<{ model: ServiceModel; protocol: Protocol; request: WireRequest }> {
  const model = await loadService(service);
  const { method, headers } = exchange.head;
  const path = service === 's3' ? pathWithBucket(exchange.path, exchange.request.headers.host) : exchange.path;
  // Safe: only `set-cookie` comes as a list, and nobody sends it to a server.
  const request = { method, path, query: exchange.query, headers: headers as WireRequest['headers'], body };
  try {
    return { model, protocol: await detectProtocol(model, request), request };
  } catch {
    // Answered in the protocol that the service speaks by preference; its parser says what is wrong with the request.
    return { model, protocol: await loadProtocol(model.protocols[0] ?? 'json'), request };
  }
}

function handlerOf(
  service: Service,
  operation: Operation,
): (input: Record<string, unknown>, context: RequestContext) => unknown {
  const handler: Handler | undefined = Object.hasOwn(service.handlers, operation.name)
    ? service.handlers[operation.name]
    : undefined;
  if (handler === undefined) {
    throw new WireError(
      'NotImplemented',
      `${operation.name} is not implemented by this version of Rung. The list of operations that are stands in docs/coverage.md.`,
      { status: 501 },
    );
  }
  // Safe: the input was parsed by, and is checked against, the shape that the handler's type was generated from.
  return handler as Handler<Record<string, unknown>>;
}

/** Part of an object is 206, which no model says. */
function partialStatus(output: unknown): { status?: number } {
  const isPart =
    typeof output === 'object' && output !== null && 'ContentRange' in output && output.ContentRange !== undefined;
  return isPart ? { status: 206 } : {};
}
